#!/bin/sh
# The long pass over both HTTP servers: every split, 10,000 idle connections, slow heads, the whole table
# of tests/integration/http_torture.py also through HAProxy and nginx. About ten minutes; see README.md.
#
#   tests/http/long.sh [pytest arguments]
#
# Environment: OUT (build/release), PORT_BASE, LIAISON_PATIENCE.
set -eu
cd "$(dirname "$0")/../.."
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
export LONG=1 PYTHONDONTWRITEBYTECODE=1
exec "${PYTHON:-/usr/bin/python3}" -m pytest -q tests/integration/test_http_torture.py \
    tests/integration/test_http_proxies.py "$@"
