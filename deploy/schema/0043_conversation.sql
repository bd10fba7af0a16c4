-- What people say of an alert beside "I have it": that they have it no more, that they hand it to somebody, or a
-- comment. Rows are only added. The alert's present round and the last of each person say who has it.

alter table notify.acknowledgement
    add column kind text not null default 'has' check (kind in ('has', 'undone', 'handed_over', 'comment')),
    add column person_id int references people.person,       -- null: known by name alone
    add column contact_id int,                               -- if it was said as a contact, by a link or a text message
    add column to_contact int,                               -- to whom it is handed over
    add column said text check (char_length(said) between 1 and 280), -- the comment
    add column who text not null generated always as (coalesce('person:' || person_id::text, by)) stored,
    add constraint acknowledgement_to check ((kind = 'handed_over') = (to_contact is not null)),
    add constraint acknowledgement_said check ((kind = 'comment') = (said is not null));
