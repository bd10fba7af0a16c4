-- When a stream last brought a record, whatever it was and wherever: quiet is told from busy by it.

alter table agency.stream add column said_at timestamptz;
