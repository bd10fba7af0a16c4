-- No other index looks as good as the right one while the table is new: PostgreSQL plans notify's statements before it
-- knows the size of its tables. An index that began with the district was taken for any row of it. What a contact was
-- told last of an alert stands at an end of delivery_told.

drop index notify.delivery_told, notify.delivery_contact;
create index delivery_told on notify.delivery (alert_id, contact_id, channel, delivery_id);
create index delivery_contact on notify.delivery (contact_id, created_at);

-- An alert's subject is unique, and no key: a table with a trigger before updates computes generated columns anew, and
-- PostgreSQL takes each update for one of the key then. A claim, whose links refer to the alert, waited for a decision
-- that waited for the claimed message.
alter table notify.alert drop constraint alert_subject_key;
create unique index alert_subject_key on notify.alert (district_id, subject_kind, subject_id)
    where subject_id is not null;
