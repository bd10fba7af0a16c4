"""Shared code of the liaisonctl tests: runs the program on a database of the test."""

import json
import subprocess

import liaison


class Ctl:
    def __init__(self, conninfo):
        self.conninfo = conninfo

    def run(self, *argv, stdin="", json_out=False):
        command = [liaison.program("liaisonctl"), "--database", self.conninfo, *(["--json"] if json_out else []), *argv]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False,
                              cwd=liaison.ROOT)

    def ok(self, *argv, **how):
        done = self.run(*argv, **how)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if how.get("json_out") else done.stdout

    def fails(self, *argv, **how):
        done = self.run(*argv, **how)
        assert done.returncode == 1, f"exit status {done.returncode}: {done.stdout}"
        return done.stderr


# A test file makes its own fixture of this: ctl = pytest.fixture(name="ctl")(fresh_ctl)


def fresh_ctl(pg):
    return Ctl(pg.conninfo("owner"))
