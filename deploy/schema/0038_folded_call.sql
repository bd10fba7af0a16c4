-- Calls of two agencies about one incident: the second one is folded into the alert of the first (r_folded_call.sql).
alter table notify.alert
    add column folded_into bigint,           -- the alert whose contacts are told of this call; only while it is held
    drop constraint alert_held_why_check,
    add constraint alert_held_why_check check (held_why in ('budget', 'folded'));
create index alert_folded on notify.alert (district_id, folded_into) where folded_into is not null;

-- How often a rule's people are told of a call: of each update, or of material changes alone.
alter table notify.rule
    add column frequency text not null default 'update' check (frequency in ('update', 'material'));
update notify.rule_version v set rule = to_jsonb(r) -- so that the next version shows what it changed, and no more
  from notify.rule r where (r.district_id, r.rule_id, r.version) = (v.district_id, v.rule_id, v.version);
