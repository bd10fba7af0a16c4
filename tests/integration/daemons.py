"""The programs under test: starts, stops and kills them, and reads their logs."""

import os
import re
import signal
import subprocess
import tempfile
import uuid

import zmq

from harness import OUT, free_port, ini, program, wait_until, write_file, write_key_file

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|runtime error:")


class Daemon:
    """A program under test. Its standard output and error go to one file, which can be read after
    the program has ended. A sanitizer report in that file fails the test at close()."""

    def __init__(self, folder, name, *argv, env=None, binary=None, stdin=None):
        self.name, self.argv, self.env = name, list(argv), dict(env or {})
        self.binary = binary or program(name)
        assert self.binary, f"{name} is not built in {OUT}/bin"
        self.log_path = os.path.join(str(folder), f"{name}-{uuid.uuid4().hex[:6]}.log")
        self.stdin = stdin
        self.process = None
        self.mark = 0  # offset in the file at which the log of this run begins
        self.expected = ()  # exit statuses besides 0 that close() accepts

    def start(self):
        assert not self.running(), f"{self.name} runs already"
        self.mark = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        env = dict(os.environ, **self.env)
        env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, *self.argv], stdout=log, stderr=log,
                                            stdin=self.stdin or subprocess.DEVNULL, env=env,
                                            cwd=os.path.dirname(self.log_path))
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def log(self, whole=False):
        """The log since the last start (whole: since the first)."""
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, "rb") as file:
            file.seek(0 if whole else self.mark)
            return file.read().decode(errors="replace")

    def lines(self, pattern, whole=False):
        return [line for line in self.log(whole).splitlines() if re.search(pattern, line)]

    def wait_log(self, pattern, timeout=10.0, count=1):
        """Waits until a line of this run matches; returns the newest such line."""
        def found():
            lines = self.lines(pattern)
            if len(lines) >= count:
                return lines
            if not self.running():
                raise AssertionError(f"{self.name} ended ({self.process.poll()}) before it logged "
                                     f"{pattern!r}:\n{self.log()[-3000:]}")
            return None
        try:
            return wait_until(found, timeout, f"{self.name} logs {pattern!r}")[-1]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-3000:]}") from None

    def wait(self, timeout=10.0):
        """Waits for the program to end by itself; returns its exit status."""
        wait_until(lambda: not self.running(), timeout, f"{self.name} ends")
        return self.process.returncode

    def kill9(self):
        if self.running():
            self.process.kill()
            self.process.wait()

    def stop_clock(self):
        """Sends SIGSTOP: the process hangs until kill9() or resume()."""
        self.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: self._state() == "T", 5, f"{self.name} hangs")

    def _state(self):
        with open(f"/proc/{self.pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def terminate(self, timeout=15.0):
        """Sends SIGTERM; returns the exit status, which should be 0."""
        if self.running():
            self.process.terminate()
        return self.wait(timeout)

    def restart(self):
        """Terminates the program, which must succeed, and starts it again."""
        status = self.terminate()
        assert status == 0, f"{self.name} ended with {status}:\n{self.log()[-3000:]}"
        return self.start()

    def close(self):
        """Stops the program. Asserts its exit status, and that no run left a sanitizer report."""
        if self.process is None:
            return
        killed = not self.running() and self.process.returncode == -signal.SIGKILL
        try:
            status = self.terminate()
        except AssertionError:
            self.kill9()
            raise
        text = self.log(whole=True)
        assert not SANITIZER.search(text), f"{self.name}: sanitizer:\n{text[-6000:]}"
        assert killed or status == 0 or status in self.expected, \
            f"{self.name} ended with {status}:\n{text[-3000:]}"


class Intake(Daemon):
    """liaison-intake on a database. start() returns when it is ready."""

    def __init__(self, folder, database, port=None, key=None, log="debug", bus=None, binary=None, **sections):
        self.public, self.secret = key or zmq.curve_keypair()
        self.port = port or free_port()
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.bus = f"tcp://127.0.0.1:{bus or free_port()}"
        folder = tempfile.mkdtemp(prefix="intake-", dir=str(folder))
        key_file = write_key_file(os.path.join(folder, "intake.key"), self.public, self.secret)
        # A Peer sends no PING by itself, so intake keeps a silent peer for three minutes.
        config = {"intake": {"listen": self.endpoint, "key_file": key_file, "heartbeat_ms": 60000},
                  "database": {"conninfo": database.conninfo("intake")},
                  "bus": {"publish": self.bus}, "log": {"level": log}}
        for section, values in sections.items():
            config.setdefault(section, {}).update(values)
        self.config = write_file(os.path.join(folder, "intake.ini"), ini(**config))
        super().__init__(folder, "liaison-intake", "--config", self.config, binary=binary)

    def start(self, ready=True):
        super().start()
        if ready:
            self.wait_log(r"\bevent=ready\b")
        return self
