#!/bin/sh
# install-deps.sh [run|test|lint]: installs the Debian packages that are missing, and prints their names. It looks for
# commands and libraries first, and keeps another Node.js, compiler or PostgreSQL 15 that is there.
#   run    what `make run` needs: compiler, libraries, PostgreSQL 15, Node.js for the page
#   test   that, and what the tests need (the default)
#   lint   clang-format, clang-tidy, cppcheck
set -eu

group=${1:-test}
case $group in run | test | lint) ;; *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;; esac

required= optional=
want() { case " $required " in *" $1 "*) ;; *) required="$required $1" ;; esac; }
maybe() { case " $optional " in *" $1 "*) ;; *) optional="$optional $1" ;; esac; }

has() { command -v "$1" >/dev/null 2>&1; }
has_header() { for d in /usr/include /usr/local/include /usr/include/*-linux-gnu*; do [ -e "$d/$1" ] && return 0; done; return 1; }
has_file() { for f in "$@"; do [ -e "$f" ] && return 0; done; return 1; }
node_is_new() { has node && [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 18 ]; }

# The table: a question, and the package that answers it.
check_run() {
    has cc || want gcc
    has_header stdio.h || want libc6-dev
    has make || want make
    has pkg-config || want pkg-config
    # module package
    while read -r module package; do
        pkg-config --exists "$module" 2>/dev/null || want "$package"
    done <<EOF
libzmq libzmq3-dev
libpq libpq-dev
jansson libjansson-dev
libuv libuv1-dev
libsodium libsodium-dev
expat libexpat1-dev
icu-i18n libicu-dev
geos libgeos-dev
inih libinih-dev
libcurl libcurl4-openssl-dev
gmime-3.0 libgmime-3.0-dev
libical libical-dev
libxml-2.0 libxml2-dev
openssl libssl-dev
zlib zlib1g-dev
EOF
    has_header csv.h || want libcsv-dev
    has_header uthash.h || want uthash-dev
    has_file /usr/share/llhttp/llhttp.c || want node-llhttp
    has_file /usr/lib/postgresql/15/bin/postgres || want postgresql-15
    has psql || want postgresql-client-15
    [ -x /usr/bin/python3 ] || want python3
    has curl || want curl
    has openssl || want openssl
    has runuser || want util-linux
    has ps || want procps
    has_file /usr/share/zoneinfo/America/New_York || want tzdata
    has_python aiosmtpd || want python3-aiosmtpd
    node_is_new || want nodejs
    has npm || want npm
}

has_python() { [ -x /usr/bin/python3 ] && /usr/bin/python3 -c "import importlib.util,sys; sys.exit(importlib.util.find_spec('$1') is None)" 2>/dev/null; }

check_test() {
    pkg-config --exists cmocka 2>/dev/null || want libcmocka-dev
    has_python pytest || want python3-pytest
    has_python zmq || want python3-zmq
    has_python psycopg2 || want python3-psycopg2
    has_python jsonschema || want python3-jsonschema
    has_python yaml || want python3-yaml
    has xmllint || want libxml2-utils
    has spin || maybe spin
    has systemd-analyze || maybe systemd
    has stunnel4 || has stunnel || maybe stunnel4
    has_file /usr/lib/*/faketime/libfaketimeMT.so.1 || maybe libfaketime
    has g++ || maybe g++
    has nginx || has_file /usr/sbin/nginx || maybe nginx-light
    has haproxy || has_file /usr/sbin/haproxy || maybe haproxy
    has wrk || maybe wrk
    has chromium || has google-chrome || maybe chromium
    has clang || maybe clang
    has_file /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer*.a || maybe libclang-rt-14-dev
    has bearerbox || has_file /usr/sbin/bearerbox || maybe kannel
    has postfix || has_file /usr/sbin/postfix || maybe postfix
    has dovecot || has_file /usr/sbin/dovecot || maybe dovecot-imapd
    has_file /usr/lib/kannel/test/fakesmsc /usr/libexec/kannel/test/fakesmsc || maybe kannel-extras
}

check_lint() {
    has clang-format || want clang-format
    has clang-tidy || maybe clang-tidy
    has cppcheck || maybe cppcheck
}

case $group in
run) check_run ;;
test) check_run; check_test ;;
lint) check_lint ;;
esac
[ -n "$required$optional" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
    if has sudo; then
        sudo=sudo
    elif [ -n "$required" ]; then
        echo "install-deps: missing, and neither root nor sudo is here. As root:" >&2
        echo "  apt-get install --no-install-recommends$required$optional" >&2
        exit 1
    else
        echo "install-deps: not there, and not needed to go on:$optional" >&2
        exit 0
    fi
fi

apt() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root "$@"; }
quiet=$(mktemp)
trap 'rm -f "$quiet"' EXIT
install() { apt install -y -qq --no-install-recommends "$@" >"$quiet" 2>&1; }

echo "install-deps: installing$required$optional"
started=$(date +%s)
apt update -qq >"$quiet" 2>&1 || { cat "$quiet" >&2; echo "install-deps: apt-get update failed; going on" >&2; }
case " $required " in
*" postgresql-15 "*)
    # Without a default cluster: the private stack creates its own under var/.
    if ! has_file /etc/postgresql-common/createcluster.conf; then
        install postgresql-common || { cat "$quiet" >&2; exit 1; }
        $sudo sed -i 's/^#\{0,1\} *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
        echo "install-deps: PostgreSQL without its default cluster (/etc/postgresql-common/createcluster.conf)"
    fi ;;
esac
if [ -n "$required" ] && ! install $required; then
    tail -n 20 "$quiet" >&2
    echo "install-deps: could not install$required" >&2
    exit 1
fi
# Servers that only tests use (Kannel, Postfix, Dovecot, HAProxy, nginx) must not start when they are installed.
policy=/usr/sbin/policy-rc.d
if [ -n "$optional" ] && [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod 755 "$policy"
    trap 'rm -f "$quiet"; $sudo rm -f "$policy"' EXIT
fi
if [ -n "$optional" ] && ! install $optional; then
    for package in $optional; do
        install "$package" || echo "install-deps: no $package; the tests that use it are skipped"
    done
fi
echo "install-deps: done in $(($(date +%s) - started)) s"
