"""A wall clock that a test can set, for programs that it starts and for a PostgreSQL of its own."""

import glob
import os
import shutil
import tempfile
import time

import liaison

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]


class Clock:
    """A wall clock that a test can set; the monotonic clock is unchanged. environ makes a program use it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="lsn", dir="/tmp")  # PostgreSQL's user reads it too
        os.chmod(self.folder, 0o755)
        self.path = self.folder + "/clock"
        self.step(0)
        self.environ = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_DONT_RESET": "1",
                        "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def step(self, seconds):
        """The clock is so far from the machine's from now on."""
        liaison.write_file(self.path + ".new", f"{seconds:+d}\n")
        os.replace(self.path + ".new", self.path)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class SteppedCluster(liaison.Cluster):
    """A PostgreSQL whose clock can be set. step(SECONDS) fails unless it then has the new time."""

    def __init__(self):
        self.clock = Clock()
        super().__init__()
        self.stop()
        self.environ.update(self.clock.environ)
        self.start()

    def ahead(self):
        """Seconds from the machine's clock to PostgreSQL's."""
        session = self.connect("postgres")
        try:
            with session.cursor() as cursor:
                cursor.execute("select extract(epoch from clock_timestamp())::float8 - %s", (time.time(),))
                return cursor.fetchone()[0]
        finally:
            session.close()

    def step(self, seconds):
        self.clock.step(seconds)
        ahead = self.ahead()
        assert abs(ahead - seconds) < 60, f"the clock of PostgreSQL was not set: {ahead:+.2f} s instead of {seconds:+d}"

    def close(self):
        super().close()
        self.clock.close()
