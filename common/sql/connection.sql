-- name: connection_settings
-- Milliseconds, as text: $1 how long a transaction may be idle, because a process that hangs inside
-- one must not hold up those who share its rows; $2 how often the server looks whether the client
-- is there; $3 how long a statement may run. Our statements are short: compiling one takes longer
-- than running it.
select set_config('idle_in_transaction_session_timeout', $1, false),
  set_config('client_connection_check_interval', $2, false),
  set_config('statement_timeout', $3, false),
  set_config('jit', 'off', false);
