"""The basis of every test: where the programs are, free ports, deadlines, files.

Tests do not sleep for a fixed time: wait_until() waits for a condition and fails at a deadline.
LIAISON_PATIENCE (1) is a factor for deadlines, to be raised on slow machines.
"""

import os
import random
import socket
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.abspath(os.path.join(ROOT, os.environ.get("OUT", "build/release")))
PORT_BASE = int(os.environ.get("PORT_BASE", "20700"))
PATIENCE = float(os.environ.get("LIAISON_PATIENCE", "1"))
SHARED_DATA = os.environ.get("LIAISON_DATA", os.path.join(ROOT, "..", "shared", "data"))


def wait_until(condition, timeout=10.0, what="", every=0.01):
    """Calls condition until its result is true, and returns it. Fails at the deadline."""
    deadline = time.monotonic() + timeout * PATIENCE
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {timeout * PATIENCE:g} s: {name} (last: {answer!r})")
        time.sleep(every)


def program(name):
    """The path of a built program, or None."""
    path = os.path.join(OUT, "bin", name)
    return path if os.access(path, os.X_OK) else None


_given = set()


def free_port():
    """A loopback port below the ephemeral range on which nothing listens. Each is returned once."""
    while True:
        port = PORT_BASE + random.randrange(10, 300)
        if port in _given and len(_given) < 250:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def write_file(path, text, mode=0o644):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return str(path)


def write_key_file(path, public, secret):
    return write_file(path, f"public = {public.decode()}\nsecret = {secret.decode()}\n", 0o600)


def ini(**sections):
    """INI text of sections given as dicts; a key whose value is None is left out."""
    lines = []
    for section, values in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {value}" for key, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"
