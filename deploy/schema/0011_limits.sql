-- What one agency may cost intake. Null: as intake's settings say; 0: no limit.

alter table agency.agency
    add column max_connections int check (max_connections >= 0),
    add column max_octets_s bigint check (max_octets_s >= 0),   -- received, bodies and 128 octets each
    add column max_records_s int check (max_records_s >= 0);
