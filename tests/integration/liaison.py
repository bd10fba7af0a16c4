"""The support library for black-box tests under one name, which tests, tests/faults and the bench import.

| module | contents |
|---|---|
| harness.py  | where the programs are, ports, deadlines, files |
| postgres.py | Cluster, Database, and the agencies and districts in it |
| daemons.py  | Daemon, Intake: the programs |
| lsn_peer.py | Peer, Proxy: raw protocol messages; the well-behaved client is lsn_client.py |
| events.py   | events to send |

conftest.py makes fixtures of it, and explains how to use them.
"""

from daemons import SANITIZER, Daemon, Intake
from events import ago, event, offset
from harness import (OUT, PATIENCE, PORT_BASE, ROOT, SHARED_DATA, free_port, ini, program, wait_until,
                     write_file, write_key_file)
from lsn_peer import EIDO_TYPE, EVENT_TYPE, SIGNATURE, Peer, Proxy, number, u64
from postgres import Agency, Cluster, Database, District, apply_schema

__all__ = [
    "Agency", "Cluster", "Daemon", "Database", "District", "EIDO_TYPE", "EVENT_TYPE", "Intake", "OUT",
    "PATIENCE", "PORT_BASE", "Peer", "Proxy", "ROOT", "SANITIZER", "SHARED_DATA", "SIGNATURE", "ago",
    "apply_schema", "event", "free_port", "ini", "number", "offset", "program", "u64", "wait_until",
    "write_file", "write_key_file",
]
