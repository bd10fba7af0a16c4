-- What an alert said to one contact by one channel is found without reading what it said to all others.

drop index notify.delivery_alert;
create index delivery_told on notify.delivery (district_id, alert_id, contact_id, channel);
