-- What was taken out of texts, by kind (common/text_check.h), beside the codes that are withheld.
alter table agency.tally
    add column withheld_status      bigint not null default 0,
    add column withheld_birth_place bigint not null default 0,
    add column withheld_birth_date  bigint not null default 0,
    add column withheld_name        bigint not null default 0;
