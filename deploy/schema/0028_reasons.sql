-- More reasons why a delivery was not sent, or not yet. The whole list is that of services/notify/channel/reason.c.
alter table notify.delivery drop constraint delivery_reason_check;
alter table notify.delivery add constraint delivery_reason_check check (reason in (
    'acknowledged', 'closed', 'withdrawn', 'nothing_new', 'no_rule', 'first_not_sent', 'contact_inactive',
    'not_of_school', 'sealed', 'no_address', 'no_channel', 'unreadable', 'bad_address', 'refused', 'deferred',
    'unreachable', 'provider_down', 'rate_limited', 'misconfigured', 'no_answer', 'odd_answer', 'sender_lost',
    'internal'));
