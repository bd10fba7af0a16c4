-- Contacts that are told by an HTTPS POST to an address of their own (docs/notify.md). The secret signs what is sent.
-- It is no column of people.contact, so that who reads contacts does not read it.
create table people.webhook (
    person_id  int primary key references people.person on delete cascade,
    url        text not null check (length(url) <= 500 and url ~ '^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?][!-~]*)?$'
                                    and url !~ '[#\\]'),
    secret     text not null check (secret ~ '^[!-~]{32,128}$'),
    changed_at timestamptz not null default now()
);

alter table people.role drop constraint role_channels_check,
    add constraint role_channels_check check (channels <@ '{email,sms,webhook}');
alter table notify.rule
    add constraint rule_channels_check check (channels <@ '{email,sms,webhook}');
alter table notify.delivery drop constraint delivery_channel_check,
    add constraint delivery_channel_check check (channel in ('email', 'sms', 'webhook'));
alter table notify.provider drop constraint provider_channel_check,
    add constraint provider_channel_check check (channel in ('email', 'sms', 'webhook'));
