"""An IMAP server that misbehaves as a test says: liaison-notify stops in time, and no message of it hides another."""

import os
import re
import socket
import subprocess
import threading
import time

import pytest

import liaison
from notify_lab import fresh_relay
from notify_support import fresh_town
from test_notify_aside import aside
from test_notify_bounces import CORPUS, TOKEN
from test_notify_providers import mail_to, notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
STOP_MOST_S = 20  # systemd kills after 30


class Imap:
    """.messages are what it has, by UID. It ends the connection where a command that it reads begins with a word of
    .cuts, and falls silent at those of .hangs. .seen are the commands."""

    def __init__(self):
        self.messages, self.cuts, self.hangs, self.seen = {}, (), (), []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def commands(self, word):
        return [command for command in self.seen if command.startswith(word)]

    def settings(self, secret):
        return {"url": f"imap://127.0.0.1:{self.port}", "user": "bounces", "password_file": secret("imap", "secret"),
                "every_s": 1}

    def _accept(self):
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            try:
                connection.sendall(b"* OK ready\r\n")
                for line in lines:
                    tag, command = line.decode().strip().split(" ", 1)
                    self.seen.append(command)
                    if command.startswith(tuple(self.hangs)):
                        self.over.wait()
                    if self.over.is_set() or command.startswith(tuple(self.cuts)):
                        return
                    connection.sendall(self._answer(command) + f"{tag} OK done\r\n".encode())
            except OSError:
                pass

    def _answer(self, command):
        words, last = command.split(), max(self.messages, default=0)
        if words[0] == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if words[0] == "STATUS":
            return f"* STATUS INBOX (UIDVALIDITY 1 UIDNEXT {last + 1})\r\n".encode()
        if words[0] == "SELECT":
            return f"* {len(self.messages)} EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n".encode()
        if words[:2] == ["UID", "SEARCH"]:
            span = re.match(r"UID SEARCH UID (\d+):(\d+)", command)
            found = [uid for uid in sorted(self.messages) if span and int(span[1]) <= uid <= int(span[2])]
            return ("* SEARCH" + "".join(f" {uid}" for uid in found) + "\r\n").encode()
        if words[:2] == ["UID", "FETCH"]:
            text = self.messages[int(words[2])]
            return f"* {words[2]} FETCH (UID {words[2]} BODY[]<0> {{{len(text)}}}\r\n".encode() + text + b")\r\n"
        if words[0] == "FETCH":
            return f"* {words[1]} FETCH (BODY[]<0> {{1}}\r\nS)\r\n".encode()
        return b""


@pytest.fixture
def imap(closing):
    return closing(Imap())


@pytest.fixture
def run(relay, notify, secret, imap):  # noqa: F811
    return lambda: notify(relay, bounces=imap.settings(secret))


def bounce(town):
    """A report that the mail of the first delivery was not delivered."""
    with open(os.path.join(CORPUS, "postfix-failed.eml"), encoding="utf-8") as file:
        text = file.read().replace(TOKEN, town.deliveries()[0]["message_id"].split("@")[0])
    return text.replace("\n", "\r\n").encode()


OTHER = b"Subject: lunch\r\n\r\nSee you then\r\n"


def sent(town):
    """A mail that has gone out."""
    mail_to(town, "P")
    town.rule()
    town.call()
    town.wait_states("sent")


def wait_mark(town, uid):
    liaison.wait_until(lambda: town.pg.one("select max(uid) from notify.mailbox") == uid, 20, f"it has read up to {uid}")


# The end --------------------------------------------------------------------------------------------


def stops_in_time(one):
    begun = time.monotonic()
    one.terminate(timeout=150)
    assert time.monotonic() - begun < STOP_MOST_S


def test_a_server_that_does_not_say_good_bye_delays_no_stop(imap, run):
    imap.hangs = ["LOGOUT"]
    one = run()
    liaison.wait_until(lambda: imap.commands("LOGOUT"), 10, "a round is over")
    stops_in_time(one)


def test_the_mailbox_of_test_messages_delays_no_stop_either(imap, relay, notify, secret):  # noqa: F811
    imap.hangs = ["LOGOUT"]
    box = imap.settings(secret)
    one = notify(relay, watch={"probe_to": "probe@watch.example", "probe_every_s": 1, "probe_url": box["url"],
                               "probe_user": box["user"], "probe_password_file": box["password_file"]})
    liaison.wait_until(lambda: imap.commands("LOGOUT"), 20, "it has looked once")
    stops_in_time(one)


def test_rounds_go_on_though_the_server_says_no_good_bye(town, imap, run):
    imap.hangs = ["LOGOUT"]
    run()
    sent(town)
    imap.messages = {1: OTHER, 2: bounce(town)}
    town.wait_states("failed")


NAME_SERVER = """#include <netdb.h>
#include <string.h>
#include <unistd.h>
#include <dlfcn.h>

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");

    if (host && strcmp(host, "mail.example") == 0)
        sleep(120);
    return real(host, port, hints, found);
}
"""


def test_a_name_server_that_hangs_delays_no_stop(relay, notify, secret, tmp_path, monkeypatch):  # noqa: F811
    source, library = tmp_path / "name_server.c", tmp_path / "name_server.so"
    source.write_text(NAME_SERVER)
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("ASAN_OPTIONS", "verify_asan_link_order=0")
    one = notify(relay, bounces={"url": "imaps://mail.example", "user": "bounces", "every_s": 1,
                                 "password_file": secret("imap", "secret")})
    one.wait_log(r"event=mailbox error=\"imap curl-28\"", timeout=30)
    stops_in_time(one)


# Messages that cannot be read -----------------------------------------------------------------------


@pytest.mark.parametrize("bad", [1, 60])
def test_messages_at_which_the_server_hangs_up_hide_no_report_behind_them(town, imap, run, bad):
    one = run()
    sent(town)
    imap.cuts = [f"UID FETCH {uid} " for uid in range(2, 2 + bad)]
    imap.messages = {uid: OTHER for uid in range(1, 2 + bad)} | {2 + bad: bounce(town)}
    town.wait_states("failed", timeout=30)
    wait_mark(town, 2 + bad)
    assert len(imap.commands("UID FETCH 2 ")) > 1, "the first try may have met a server that restarts"
    passed = [int(re.search(r"passed_over=(\d+) error=\"imap curl-\d+\"", line)[1]) for line in one.lines("passed_over")]
    assert sum(passed) == bad


def test_the_last_message_is_passed_over_if_another_one_can_be_read(town, imap, run):
    """So nobody makes the check of the mailbox fail by a mail."""
    imap.cuts = ["UID FETCH 2 "]
    imap.messages = {1: OTHER, 2: OTHER}
    one = run()
    wait_mark(town, 2)
    rounds = len(imap.commands("STATUS"))
    liaison.wait_until(lambda: len(imap.commands("STATUS")) > rounds + 5, 20, "it goes on")
    assert len(one.lines("passed_over=1")) == 1 and not aside(town.pg)


def test_a_server_that_gives_no_message_loses_none(town, imap, run):
    one = run()
    sent(town)
    imap.cuts = ["UID FETCH", "FETCH"]
    imap.messages = {1: bounce(town), 2: OTHER}
    liaison.wait_until(lambda: aside(town.pg), 20, "it is noted")
    assert list(aside(town.pg)) == ["mailbox"] and not one.lines("passed_over")
    imap.cuts = ()
    town.wait_states("failed")


def test_one_at_which_the_server_hangs_up_once_is_read(town, imap, run):
    one = run()
    sent(town)
    imap.cuts = ["UID FETCH 1 "]
    imap.messages = {1: bounce(town)}
    liaison.wait_until(lambda: imap.commands("UID FETCH 1 "), 10, "it is asked for", every=0.001)
    imap.cuts = ()
    town.wait_states("failed")
    assert not one.lines("passed_over")
