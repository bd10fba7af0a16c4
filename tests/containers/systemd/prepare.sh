#!/bin/bash
# Does what an operator does before the units start: roles and schema, an agency, configuration under /etc/liaison.
set -euo pipefail
share=/usr/local/share/liaison
systemctl start postgresql@15-main.service
psql() { runuser -u postgres -- psql -qAtX -v ON_ERROR_STOP=1 "$@"; }
for role in owner intake notify dashboard public; do psql -c "create role liaison_$role login password 'test-$role'"; done
psql -c "create database liaison owner liaison_owner"
conninfo() { echo "host=127.0.0.1 dbname=liaison user=liaison_$1 password=test-$1"; }

install -d -m 755 /etc/liaison
secret() { # FILE OWNER: standard input
    install -m 600 -o "$2" /dev/stdin "/etc/liaison/$1"
}
conf() { # SERVICE: standard input
    secret "$1.conf" "liaison-${1%%-*}"
}
printf '[database]\nconninfo = %s\n' "$(conninfo owner)" | secret ctl.conf root
export LIAISON_CONFIG=/etc/liaison/ctl.conf
ctl() { liaisonctl --config /etc/liaison/ctl.conf "$@"; }
ctl schema apply --dir "$share/schema"
ctl agency add metro --name Metro --kind police --zone America/New_York --key-file /etc/liaison/agency.key
ctl key make /etc/liaison/intake.key >/dev/null
chown liaison-feed /etc/liaison/agency.key
chown liaison-intake /etc/liaison/intake.key

conf intake <<END
[intake]
listen = tcp://127.0.0.1:8604
key_file = /etc/liaison/intake.key
[database]
conninfo = $(conninfo intake)
[bus]
publish = tcp://127.0.0.1:8606
END
conf notify <<END
[database]
conninfo = $(conninfo notify)
[bus]
publish = tcp://127.0.0.1:8607
subscribe = tcp://127.0.0.1:8606,tcp://127.0.0.1:8608
[smtp]
host = 127.0.0.1
port = 2525
tls = none
from = Liaison <liaison@example.org>
[sms]
provider = none
[links]
base_url = http://127.0.0.1:8600
key_file = /etc/liaison/notify-links
END
conf dashboard <<END
[http]
listen = 127.0.0.1:8600
web = $share/web
openapi = $share/openapi.json
[database]
conninfo = $(conninfo dashboard)
[public_database]
conninfo = $(conninfo public)
[bus]
publish = tcp://127.0.0.1:8608
subscribe = tcp://127.0.0.1:8606,tcp://127.0.0.1:8607
[links]
key_file = /etc/liaison/dashboard-links
END
link_key=$(head -c 24 /dev/urandom | base64)
for service in notify dashboard; do secret "$service-links" "liaison-$service" <<<"$link_key"; done
install -d -m 755 /srv/export
touch /srv/export/calls.ndjson
conf feed-metro <<END
[intake]
endpoint = tcp://127.0.0.1:8604
server_key = $(sed -n 's/^public *= *//p' /etc/liaison/intake.key)
[agency]
slug = metro
key_file = /etc/liaison/agency.key
[stream]
mode = live
[source]
format = ndjson
input = /srv/export/calls.ndjson
follow = yes
[spool]
dir = /var/lib/liaison-feed/metro
END
