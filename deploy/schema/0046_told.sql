-- What an alert said to one contact by one channel is found without reading what it said to all others, what a contact
-- was told lately without reading all alerts, and the open alerts of storms without reading those of calls.

drop index notify.delivery_alert, notify.delivery_texted;
create index delivery_told on notify.delivery (district_id, alert_id, contact_id, channel);
create index delivery_contact on notify.delivery (district_id, contact_id, created_at);
create index alert_storm_open on notify.alert (district_id)
    where subject_kind = 'storm' and state in ('open', 'acknowledged');
