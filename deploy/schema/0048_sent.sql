-- Whether a provider sent anything lately is found without reading what it sent.

create index attempt_sent on notify.attempt (provider, ended_at) where outcome = 'sent';
