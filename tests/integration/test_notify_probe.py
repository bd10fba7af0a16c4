"""The test message of liaison-notify: it goes out by the real relay to a mailbox of a real IMAP server (Dovecot), is read
back, and notify.health() says whether it came."""

import email.message
import json
import subprocess

import pytest

import ctl_support
import liaison
from notify_lab import Relay
from notify_support import fresh_town
from test_notify_bounces import DOVECOT, fresh_mailbox  # noqa: F401  the fixture
from test_notify_health import bad, health
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = [pytest.mark.needs("liaison-notify", "liaisonctl"),
              pytest.mark.skipif(not DOVECOT, reason="dovecot-imapd is not there")]
town = pytest.fixture(name="town")(fresh_town)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)
TO = "probe@watch.example"


class Delivering(Relay):
    """A relay that delivers what it takes for the test address into the mailbox, unless .loses."""

    def __init__(self, mailbox):
        super().__init__()
        self.mailbox, self.loses = mailbox, False

    def _keep(self, message, to):
        super()._keep(message, to)
        self.mails[-1]["message"] = message
        if to == TO and not self.loses:
            self.mailbox.put(message.as_bytes())


@pytest.fixture
def relay(closing, mailbox):  # noqa: F811
    return closing(Delivering(mailbox))


@pytest.fixture
def run(notify, relay, mailbox, secret):  # noqa: F811
    """run(**[watch]) starts notify with test messages, one a second."""
    def start(**watch):
        box = mailbox.settings(secret("imap", "secret"))
        return notify(relay, watch={
            "probe_to": TO, "probe_every_s": 1, "probe_within_s": 60, "probe_url": box["url"], "probe_user": box["user"],
            "probe_password_file": box["password_file"], **watch})
    return start


def probes(town):
    return [row[0] for row in town.pg.rows("select to_jsonb(p) from notify.probe p order by turn_at")]


def wait_back(town, count=1):
    liaison.wait_until(lambda: sum(p["returned_at"] is not None for p in probes(town)) >= count, 20,
                       f"{count} test messages are back", every=0.1)


def check(town):
    row, = health(town.pg, "probe")
    return row


def age(town, seconds):
    """What was sent was sent so much earlier."""
    town.pg.execute("update notify.probe set sent_at = sent_at - make_interval(secs => %s), "
                    "turn_at = turn_at - make_interval(secs => %s)", seconds, seconds)


# The way there and back ----------------------------------------------------------------------------


def test_it_comes_back_and_is_deleted_and_the_check_says_how_long_it_took(town, relay, mailbox, run):  # noqa: F811
    run(probe_every_s=600)
    wait_back(town)
    row = check(town)
    assert (row["ok"], row["channel"], row["found"], row["since"]) == (True, "email", 0, None)
    assert row["detail"]["set_up"] and 0 <= row["detail"]["took_s"] < 20
    liaison.wait_until(lambda: not mailbox.flags(), 10, "the mailbox is empty")
    assert [(p["provider"], p["outcome"]) for p in probes(town)] == [("smtp", "sent")]


def test_it_says_what_it_is_and_names_nobody(town, relay, run):
    town.district.contact("PAT", name="Pat Doe", email="pat@riverside.example")
    one = run()
    wait_back(town)
    message = relay.to(TO)[0]["message"]
    assert message["Subject"].startswith("Liaison test message liaison-probe-")
    text = message.get_body(("plain",)).get_content()
    assert "test message" in text and "about no call" in text
    assert message.get_body(("html",)).get_content() == f"<p>{text.strip()}</p>\n"
    for word in ("Riverside USD", "North", "Pat", "pat@"):
        assert word not in message.as_string()
    token = message["Subject"].split("liaison-probe-")[1].split()[0]
    assert token not in json.dumps(probes(town)), "the database has its hash"
    assert TO not in "\n".join(one.lines("")) and token not in "\n".join(one.lines(""))


def test_two_processes_send_one_in_a_turn(town, relay, run):
    run(probe_every_s=3), run(probe_every_s=3)
    wait_back(town, 2)
    assert len(relay.to(TO)) <= len(probes(town))
    assert town.pg.one("select count(*) from notify.prober") == 2
    turns = [p["turn_at"] for p in probes(town)]
    assert len(turns) == len(set(turns))
    ids = [mail["id"] for mail in relay.to(TO)]
    assert len(ids) == len(set(ids))


def test_it_is_never_in_front_of_an_alert(town, relay, run):
    """The relay hangs on the test message, and has one connection for alerts."""
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    relay.say("rcpt", "hang", to=TO)
    run()
    liaison.wait_until(lambda: probes(town), 10, "a test message is on its way")
    town.call()
    town.wait_states("sent", timeout=3)
    assert "provider" not in bad(town.pg), "it says nothing of the provider"


def test_other_mail_in_the_mailbox_stays(town, mailbox, run):  # noqa: F811
    for subject, sender in (("Re: liaison-probe-", "liaison@riverside.example"), ("lunch", "pat@riverside.example"),
                            ("liaison-probe-0b6f4c1e-9d53-4a55-8f6e-3c1f2a7b9d01", "pat@riverside.example")):
        other = email.message.EmailMessage()
        other["Subject"], other["From"], other["To"] = subject, sender, TO
        other.set_content("hello")
        mailbox.put(other.as_bytes())
    run(probe_every_s=600)
    wait_back(town)
    liaison.wait_until(lambda: len(mailbox.flags()) == 3, 10, "the test message is deleted")


def test_it_may_use_the_mailbox_of_bounces(town, relay, mailbox, notify, secret):  # noqa: F811
    notify(relay, bounces=mailbox.settings(secret("imap", "secret")), watch={"probe_to": TO, "probe_every_s": 600})
    wait_back(town)
    liaison.wait_until(lambda: not mailbox.flags(), 10, "the mailbox is empty")


def test_what_a_process_sent_that_is_gone_is_read_back_by_the_next(town, relay, mailbox, run):  # noqa: F811
    relay.loses = True
    one = run(probe_every_s=600)
    liaison.wait_until(lambda: [p["outcome"] for p in probes(town)] == ["sent"], 10, "the relay took it")
    one.kill9()
    mailbox.put(relay.to(TO)[0]["message"].as_bytes())
    run(probe_every_s=600)
    wait_back(town)


# What goes wrong -----------------------------------------------------------------------------------


def test_forged_mail_hides_no_test_message(town, mailbox, run):  # noqa: F811
    """Everybody who knows its address can write that much to it."""
    for n in range(60):
        token = f"0b6f4c1e-9d53-4a55-8f6e-{n:012d}" if n > 55 else n
        mailbox.put(f"From: liaison@riverside.example\nTo: {TO}\nSubject: Liaison test message liaison-probe-{token}\n\nx\n")
    run(probe_every_s=600)
    wait_back(town)
    liaison.wait_until(lambda: len(mailbox.flags()) == 60, 10, "it is deleted, and nothing else")


def test_one_that_is_lost_behind_the_relay_is_not_green(town, relay, run, ctl):
    relay.loses = True
    run(probe_every_s=600)
    liaison.wait_until(lambda: [p["outcome"] for p in probes(town)] == ["sent"], 10, "the relay took it")
    assert check(town)["ok"], "it has its time"
    age(town, 61)
    row = check(town)
    assert (row["ok"], row["found"]) == (False, 1)
    found = {c["check"]: c["found"] for c in ctl_json(ctl)}
    assert found["the test message comes back"][0].startswith("email: 1 test message is not back, the oldest for 6")


def ctl_json(ctl):
    return json.loads(ctl.run("doctor", json_out=True).stdout)


def test_one_that_the_relay_refuses_is_not_green_at_once_and_the_next_one_that_comes_back_is(town, relay, run):
    relay.say("rcpt", "550 5.1.1 no such user", 1, to=TO)
    one = run(probe_every_s=3)
    one.wait_log(r'event=probe outcome=failed reason=refused error="smtp 550"')
    wait_back(town)
    assert check(town)["ok"]
    town.pg.execute("update notify.probe set returned_at = null")
    row = check(town)
    assert (row["ok"], row["object"], row["detail"]["reasons"], row["detail"]["answers"]) == \
        (False, "smtp", ["refused"], ["smtp 550"])


def test_none_for_three_turns_is_not_green(town, run):
    one = run(probe_every_s=60)
    wait_back(town)
    one.terminate()
    age(town, 150)
    assert check(town)["ok"]
    age(town, 40)
    row = check(town)
    assert (row["ok"], row["found"]) == (False, 0) and row["since"]


def test_a_mailbox_that_cannot_be_read_is_named(town, mailbox, run):  # noqa: F811
    mailbox.stop()
    one = run()
    one.wait_log(r'event=probe_mailbox error="imap curl-7"')
    liaison.wait_until(lambda: check(town)["detail"].get("mailbox") == "imap curl-7", 10, "the check names it")
    assert one.terminate() == 0
    mailbox.start()


def test_it_is_not_set_up_until_a_process_sends_it(town, relay, mailbox, notify, run, ctl):  # noqa: F811
    row = check(town)
    assert (row["ok"], row["detail"]) == (True, {"set_up": False})
    assert "ok   the test message comes back: not set up\n" in ctl.run("doctor").stdout
    assert [c.get("note") for c in ctl_json(ctl) if c["check"] == "the test message comes back"] == ["not set up"]
    one = run()
    liaison.wait_until(lambda: check(town)["detail"]["set_up"], 10, "a process sends it")
    one.terminate()
    town.pg.execute("update notify.provider set seen_at = seen_at - interval '2 minutes'")
    age(town, 8 * 86400)
    notify(relay)
    liaison.wait_until(lambda: not check(town)["detail"]["set_up"], 10, "who ran is forgotten", every=0.2)
    assert not probes(town), "so is what was sent more than a week ago"


@pytest.mark.parametrize("watch, field", [
    ({"probe_to": "nobody"}, "watch.probe_to"), ({"probe_to": TO, "probe_url": "http://x"}, "watch.probe_url"),
    ({"probe_to": TO}, "watch.probe_url"), ({"probe_to": TO, "probe_url": "imaps://x"}, "watch.probe")])
def test_settings_that_could_not_work_are_refused(town, config, watch, field):
    path = config("probe.ini", database={"conninfo": town.pg.conninfo("notify")}, smtp={"host": "mail.example"},
                  links={"base_url": "https://liaison.riverside.example"}, watch=watch)
    done = subprocess.run([liaison.program("liaison-notify"), "--config", path, "--check"], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 2 and done.stderr.startswith(f"liaison-notify: {field} ")
