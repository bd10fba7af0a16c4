-- Whose contacts were told that another agency is there too are told when it is there no more, also of a call that is
-- told by itself by then (r_folded_call.sql).

alter table notify.alert
    add column beside bigint;                -- the alert whose contacts were told of this call's agency; it stays
update notify.alert set beside = folded_into where folded_into is not null;
create index alert_beside on notify.alert (district_id, beside) where beside is not null;
drop function if exists notify.folded_calls(int, bigint);

-- A person's row may pass to a successor, who has another name: what the former one said is not the successor's
-- (notify.who).
alter table notify.acknowledgement
    drop column who,
    add column who text not null generated always as (
        case when person_id is null then by else 'person:' || person_id::text
            || '/' || regexp_replace(lower(by), '[^[:alnum:]]', '', 'g') end) stored;
