-- name: connection_settings
-- Milliseconds, as text: $1 how long a transaction may be idle, because a stuck process must not
-- hold row locks that others wait for; $2 how often the server checks that the client is connected;
-- $3 how long a statement may run. JIT is off: compiling a short statement takes longer than
-- running it.
select set_config('idle_in_transaction_session_timeout', $1, false),
  set_config('client_connection_check_interval', $2, false),
  set_config('statement_timeout', $3, false),
  set_config('jit', 'off', false);
