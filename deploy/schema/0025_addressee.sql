-- To whom a link was sent: notify.addressee of the contact's name and of the address (r_visibility.sql). A link without
-- one was sent before links were bound to an address: it has ended.
alter table notify.token add column addressee bytea;
