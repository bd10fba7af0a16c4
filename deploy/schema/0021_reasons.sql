-- Why a delivery was not sent, or not yet, as a code. Programs read the code; error is what a channel answered, for
-- people. The list is that of services/notify/channel/reason.c, and docs/notify.md says what each means.

alter table notify.delivery add column reason text constraint delivery_reason_check check (reason in (
    'acknowledged', 'closed', 'withdrawn', 'nothing_new', 'first_not_sent', 'contact_inactive',
    'not_of_school', 'sealed', 'no_address', 'no_channel', 'unreadable', 'bad_address', 'refused', 'deferred',
    'unreachable', 'no_answer', 'sender_lost', 'internal'));

-- What the texts said until now.
create temporary table said (error text primary key, reason text not null) on commit drop;
insert into said values ('closed', 'closed'), ('withdrawn', 'withdrawn'), ('nothing new', 'nothing_new'),
    ('first message not sent', 'first_not_sent'), ('contact not active', 'contact_inactive'),
    ('not of the school', 'not_of_school'), ('sealed', 'sealed'), ('no address', 'no_address'),
    ('no channel', 'no_channel'), ('not readable', 'unreadable'), ('unknown lease', 'sender_lost'),
    ('smtp address', 'bad_address'), ('sms number', 'bad_address'), ('smtp memory', 'internal'),
    ('sms memory', 'internal'), ('stopped', 'internal');
update notify.delivery d set reason = s.reason from said s where s.error = d.error;
-- An acknowledgement left no text, or that of the try before it.
update notify.delivery set reason = 'acknowledged'
 where state = 'cancelled' and (reason is null or reason in ('sender_lost', 'internal'));
update notify.delivery set reason = case
        when error like 'unknown %' or (error like '% curl-%' and state = 'unknown') then 'no_answer'
        when error like '% curl-%' then 'unreachable'
        when state = 'failed' and error ~ '^(smtp 5\d\d|kannel 40[03])$' then 'refused'
        when state = 'failed' and error ~ '^twilio 21(2(11|12|14|17)|408|6(02|04|06|10|12|14|17))$' then 'refused'
        else 'deferred' end
 where reason is null and error is not null;

alter table notify.alert add constraint alert_held_why_check check (held_why in ('budget'));
