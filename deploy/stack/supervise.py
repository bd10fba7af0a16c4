#!/usr/bin/python3
"""Keeps one program of the private stack running: supervise.py [option]... NAME -- PROGRAM [ARGUMENT]...

Runs in the background. Restarts the program when it ends, after a pause that doubles from 0.2 s to
10 s and starts over once it has run for 30 s. It holds a lock on DIR/NAME.lock as long as it lives,
so that nobody is misled by a stale process id; DIR/NAME.pid has the program's. The program is
ended when its supervisor dies, even by SIGKILL.

With --watchdog SECONDS the program must say WATCHDOG=1 on the socket named by NOTIFY_SOCKET, as
under systemd. One that has said it once and then is silent for so long is killed and started again.

supervise.py --stop NAME ends a program and its supervisor; --alive NAME exits with 0 if it runs.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import pwd
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
FIRST_PAUSE, LONGEST_PAUSE, GOOD_RUN = 0.2, 10.0, 30.0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--dir", default="var/run", help="where lock and pid files are")
    parser.add_argument("--log", help="file that standard output and error are appended to")
    parser.add_argument("--user", help="run as this user (root only)")
    parser.add_argument("--signal", default="TERM", help="what ends the program (default TERM)")
    parser.add_argument("--watchdog", type=float, default=0, metavar="SECONDS", help="kill after such a silence (0: never)")
    parser.add_argument("--until-done", action="store_true", help="exit status 0 is the end of it")
    parser.add_argument("--wait", type=float, default=20.0, help="seconds until --stop kills")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--alive", action="store_true")
    parser.add_argument("name")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    options.command = words[split + 1:]
    if not (options.command or options.stop or options.alive):
        parser.error("a program is needed behind --")
    return options


def lock(options):
    """The lock file, locked, or None when another holds it."""
    file = open(os.path.join(options.dir, options.name + ".lock"), "a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def holder(options):
    """Process id of the living supervisor, or None."""
    if not os.path.exists(os.path.join(options.dir, options.name + ".lock")):
        return None
    held = lock(options)
    if held:
        held.close()
        return None
    with open(os.path.join(options.dir, options.name + ".lock")) as file:
        text = file.read().strip()
    return int(text) if text.isdigit() else None


def stop(options):
    pid = holder(options)
    if pid is None:
        return 0
    deadline = time.monotonic() + options.wait + 5
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return 0
    while time.monotonic() < deadline:
        if holder(options) is None:
            return 0
        time.sleep(0.05)
    print(f"supervise: {options.name} does not end", file=sys.stderr)
    return 1


class Watchdog:
    """Hears the program's beats. It watches from the first one on: a program without any is left alone."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.heard_at = None
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind("")  # the kernel picks a free name in the abstract namespace

    def environment(self):
        name = self.socket.getsockname().decode().replace("\0", "@", 1)
        return {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": str(int(self.seconds * 1e6))}

    def begin(self):
        self.listen()  # what the program before left behind
        self.heard_at = None

    def listen(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                if b"WATCHDOG=1" in self.socket.recv(4096):
                    self.heard_at = time.monotonic()

    def is_silent(self):
        self.listen()
        return self.heard_at is not None and time.monotonic() - self.heard_at > self.seconds


class Supervisor:
    def __init__(self, options):
        self.options = options
        self.child = None
        self.stopping = False
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.watchdog = Watchdog(options.watchdog) if options.watchdog else None

    def say(self, text):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        os.write(2, f"{stamp} info supervise name={self.options.name} {text}\n".encode())

    def begin(self):
        """In the child, between fork and exec: it must not outlive us."""
        os.setsid()
        self.libc.prctl(PR_SET_PDEATHSIG, getattr(signal, "SIG" + self.options.signal))
        signal.pthread_sigmask(signal.SIG_SETMASK, [])

    def spawn(self):
        identity = {}
        if self.watchdog:
            self.watchdog.begin()
            identity["env"] = {**os.environ, **self.watchdog.environment()}
        if self.options.user:
            user = pwd.getpwnam(self.options.user)
            identity.update(user=user.pw_uid, group=user.pw_gid,
                            extra_groups=os.getgrouplist(user.pw_name, user.pw_gid))
        self.child = subprocess.Popen(self.options.command, stdin=subprocess.DEVNULL,
                                      preexec_fn=self.begin, **identity)
        with open(os.path.join(self.options.dir, self.options.name + ".pid"), "w") as file:
            file.write(f"{self.child.pid}\n")

    def end_cb(self, *_):
        self.stopping = True
        if self.child and self.child.poll() is None:
            self.child.send_signal(getattr(signal, "SIG" + self.options.signal))

    def wait_child(self):
        killed_at = None
        while True:
            try:
                return self.child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                pass
            if self.watchdog and not self.stopping and self.watchdog.is_silent():
                self.say("event=watchdog")
                self.child.kill()
            if self.stopping:
                killed_at = killed_at or time.monotonic() + self.options.wait
                if time.monotonic() > killed_at:
                    self.say("event=kill")
                    self.child.kill()

    def run_once(self):
        try:
            self.spawn()
        except OSError as error:
            return repr(error.strerror)
        if self.stopping:
            self.end_cb()
        return self.wait_child()

    def run(self):
        signal.signal(signal.SIGTERM, self.end_cb)
        signal.signal(signal.SIGINT, self.end_cb)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        pause = FIRST_PAUSE
        while not self.stopping:
            began = time.monotonic()
            status = self.run_once()
            if self.stopping or (status == 0 and self.options.until_done):
                break
            pause = FIRST_PAUSE if time.monotonic() - began > GOOD_RUN else pause
            self.say(f"event=ended status={status} again_in={pause:.1f}")
            until = time.monotonic() + pause
            while not self.stopping and time.monotonic() < until:
                time.sleep(0.05)
            pause = min(LONGEST_PAUSE, pause * 2)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.options.dir, self.options.name + ".pid"))


def detach(log):
    """Leaves the terminal and the caller's process group; output goes to the log."""
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.closerange(3, 64)


def main():
    options = arguments()
    if options.alive:
        return 0 if holder(options) is not None else 1
    if options.stop:
        return stop(options)
    if holder(options) is not None:
        return 0
    detach(options.log)
    until = time.monotonic() + 2
    held = lock(options)
    while not held and time.monotonic() < until:  # somebody may only be asking whether we live
        time.sleep(0.02)
        held = lock(options)
    if not held:
        return 0
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    Supervisor(options).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
