-- No other index looks as good as the right one while the table is new: PostgreSQL plans notify's statements before it
-- knows the size of its tables. An index that began with the district was taken for any row of it. What a contact was
-- told last of an alert stands at an end of delivery_told.

drop index notify.delivery_told, notify.delivery_contact;
create index delivery_told on notify.delivery (alert_id, contact_id, channel, delivery_id);
create index delivery_contact on notify.delivery (contact_id, created_at);
