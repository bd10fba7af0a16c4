-- A channel may have two providers: which one took a try is known, and both are listed (docs/notify.md).

alter table notify.provider drop constraint provider_pkey, add primary key (instance, channel, replay, name);

-- As in notify.provider; null: of an older version.
alter table notify.attempt add column provider text;
-- The last tries of a provider, from which notify.arrivals sees whether its messages arrive.
create index attempt_provider on notify.attempt (provider, began_at) where provider is not null;

-- What is asked about at the provider that may have it is found without a look at all that waits.
create index delivery_repeats on notify.delivery (channel, lane, next_at)
    where state = 'queued' and repeat_of is not null;
