-- In which words people are told: the language and the clock of a district, the language of a person, and the texts
-- that a district says in words of its own.

alter table district.district
    add column language text not null default 'en' check (language in ('en', 'es')),
    add column hours24 boolean not null default true; -- 09:12; false: 9:12 AM

alter table people.person
    add column language text check (language in ('en', 'es')); -- null: the district's

-- One text of the catalogue (common/words) in place of that of the file. liaisonctl template refuses what would cut a
-- message, lose its link or name what no message may name.
create table notify.template (
    district_id int not null references district.district,
    language    text not null check (language in ('en', 'es')),
    key         text not null check (key ~ '^message\.[A-Za-z0-9_.]{1,60}$'),
    text        text not null check (length(text) between 1 and 400 and text !~ '[[:cntrl:]]'),
    version     int not null default 1,
    changed_by  text not null,
    changed_at  timestamptz not null default now(),
    primary key (district_id, language, key)
);
