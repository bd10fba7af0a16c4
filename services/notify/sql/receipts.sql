-- name: mailbox_mark
-- How far mailbox $1 was read: UIDVALIDITY and UID.
select uidvalidity, uid from notify.mailbox where mailbox = $1;

-- name: bounce_take
-- What a mail server said of a message: token, state, its word, status. District and alert, and the
-- state that the delivery has moved to, or null. No row: no message of ours.
select district_id, alert_id, moved from notify.take_bounce($1, $2, $3, $4);

-- name: mailbox_read
-- The mailbox was read up to there: mailbox, UIDVALIDITY, UID.
select notify.read_mailbox($1, $2, $3);
