# Configuration files of the services under var/conf, made anew at each start, and the secrets they name.

# conf NAME: writes standard input to var/conf/NAME.conf.
conf() { (umask 077 && cat >"$VAR/conf/$1.conf"); }

make_secrets() {
    secret session 32
    secret links 32
    [ -s "$VAR/secrets/intake.key" ] || "$OUT/bin/liaisonctl" key make "$VAR/secrets/intake.key" >/dev/null
    INTAKE_KEY=$(sed -n 's/^public *= *//p' "$VAR/secrets/intake.key")
}

make_conf() {
    conf ctl <<EOF
[database]
conninfo = $(conninfo liaison_owner)
EOF
    conf intake <<EOF
[intake]
listen = tcp://127.0.0.1:$PORT_INTAKE
key_file = $SHORT/secrets/intake.key
[database]
conninfo = $(conninfo liaison_intake)
[bus]
publish = tcp://127.0.0.1:$PORT_BUS
EOF
    conf notify <<EOF
[database]
conninfo = $(conninfo liaison_notify)
[bus]
publish = tcp://127.0.0.1:$PORT_ALERTS
subscribe = tcp://127.0.0.1:$PORT_BUS,tcp://127.0.0.1:$PORT_ACKS
[smtp]
host = 127.0.0.1
port = $PORT_SMTP
tls = none
from = Liaison <liaison@veldwyn.example>
[sms]
provider = twilio
url = http://127.0.0.1:$PORT_SMS
account = ACsandbox
password_file = $SHORT/secrets/sms
from = +15550109999
[sandbox]
smtp_host = 127.0.0.1
smtp_port = $PORT_SMTP
sms_url = http://127.0.0.1:$PORT_SMS
[links]
base_url = http://127.0.0.1:$PORT_HTTP
key_file = $SHORT/secrets/links
EOF
    secret sms 16
    conf dashboard <<EOF
[http]
listen = 127.0.0.1:$PORT_HTTP
public_url = http://127.0.0.1:$PORT_HTTP
web = $OUT/web
openapi = $ROOT/services/dashboard/openapi.json
[database]
conninfo = $(conninfo liaison_dashboard)
[public_database]
conninfo = $(conninfo liaison_public)
[session]
secret_file = $SHORT/secrets/session
[links]
key_file = $SHORT/secrets/links
[bus]
publish = tcp://127.0.0.1:$PORT_ACKS
subscribe = tcp://127.0.0.1:$PORT_BUS,tcp://127.0.0.1:$PORT_ALERTS
EOF
}

# feed_conf NAME AGENCY MODE FORMAT INPUT [MAPPING]: a feed agent's file; NAME is also its spool's.
feed_conf() {
    conf "feed-$1" <<EOF
[intake]
endpoint = tcp://127.0.0.1:$PORT_INTAKE
server_key = $INTAKE_KEY
retry_max_s = 5
[agency]
slug = $2
key_file = $SHORT/secrets/agency-$2.key
[stream]
mode = $3
[source]
format = $4
input = ${5/#$VAR/$SHORT}
${6:+mapping = $6}
$([ "$3" != live ] || echo "follow = yes")
[spool]
dir = $SHORT/spool/$1
EOF
}
