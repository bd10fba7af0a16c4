-- name: hook_receipt
-- What a provider says of a text: provider, its id, our reference, state, its own word, error code.
-- District and alert, and the state that the delivery has moved to, or null. No row: there is no
-- such message.
select district_id, alert_id, moved from notify.take_receipt($1, $2, $3, $4, $5, $6, 1, 1);

-- name: hook_text
-- A text that came in: provider, its id, from which number, what it says. What to answer, the
-- alerts that it may mean, the one that it acknowledged, and in which language to answer.
select answer, alerts, district_id, alert_id, notify.language_of($3) as language
from notify.take_text($1, $2, $3, $4);
