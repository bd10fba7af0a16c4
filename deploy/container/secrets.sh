#!/bin/sh
# secrets.sh: makes what docker-compose.yml mounts: var/container/secrets (each file once, mode 0600),
# var/container/feed.conf, and .env with the user that may read them. Needs openssl and python3.
set -eu
umask 077
cd "$(dirname "$0")/../.."
dir=var/container/secrets
(umask 022 && mkdir -p var)
mkdir -p "$dir"

word() { [ -s "$dir/$1" ] || printf '%s' "$(openssl rand -hex "$2")" >"$dir/$1"; }
pgpass() { [ -s "$dir/pgpass_$1" ] || printf '*:*:*:liaison_%s:%s\n' "$1" "$(openssl rand -hex 24)" >"$dir/pgpass_$1"; }

# A CURVE pair is an X25519 pair, written in Z85.
curve() {
    [ ! -s "$dir/$1" ] || return 0
    openssl genpkey -algorithm X25519 | python3 -c '
import subprocess, sys
pem = sys.stdin.buffer.read()
def raw(*options):
    return subprocess.run(["openssl", "pkey", "-outform", "DER", *options], input=pem, capture_output=True, check=True).stdout[-32:]
digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
def z85(octets):
    out = ""
    for i in range(0, len(octets), 4):
        n = int.from_bytes(octets[i:i + 4], "big")
        out += "".join(digits[n // 85 ** k % 85] for k in (4, 3, 2, 1, 0))
    return out
print("public =", z85(raw("-pubout")))
print("secret =", z85(raw()))
' >"$dir/$1.new"
    mv "$dir/$1.new" "$dir/$1"
}

word postgres_password 24
for role in owner intake notify dashboard public; do pgpass "$role"; done
word session_key 32
word link_key 32
word sms_password 16
[ -s "$dir/director_password" ] || printf 'demo-%s\n' "$(openssl rand -hex 6)" >"$dir/director_password"
curve intake_key
curve agency_key
sed "s|@INTAKE_KEY@|$(sed -n 's/^public *= *//p' "$dir/intake_key" | sed 's/[&|\\]/\\&/g')|" deploy/container/conf/feed.conf.in >var/container/feed.conf
printf 'LIAISON_UID=%s\nLIAISON_GID=%s\n' "$(id -u)" "$(id -g)" >.env
[ "$(id -u)" != 0 ] || {
    # containers do not run as root: the secrets go to the image's own user
    printf 'LIAISON_UID=10001\nLIAISON_GID=10001\n' >.env
    chown -R 10001:10001 var/container
}
echo "secrets are in $dir; sign in as director with: $(cat "$dir/director_password")"
