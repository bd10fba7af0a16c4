"""Mail that comes back: a real IMAP server (Dovecot) holds the mailbox, and liaison-notify reads it."""

import getpass
import glob
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time

import pytest

import liaison
from notify_support import fresh_notify, fresh_sandbox, fresh_town, settings
from test_notify_aside import aside

DOVECOT = shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin")
pytestmark = [pytest.mark.needs("liaison-notify"), pytest.mark.skipif(not DOVECOT, reason="dovecot-imapd is not there")]
town = pytest.fixture(name="town")(fresh_town)
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
notify = pytest.fixture(name="notify")(fresh_notify)
CORPUS = os.path.join(liaison.ROOT, "tests", "unit", "fixtures", "dsn")
TOKEN = "0b6f4c1e-9d53-4a55-8f6e-3c1f2a7b9d01"  # of the corpus

CONFIG = """base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{folder}/mail
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={mail} gid={mailgroup} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Mailbox:
    """A Dovecot of its own; .put(text) is a message that arrives, .flags() those that are there."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mailbox-")
        root = os.geteuid() == 0
        user = "nobody" if root else getpass.getuser()
        entry = pwd.getpwnam(user)
        os.chmod(self.folder, 0o755)
        for name in ("", "/cur", "/new", "/tmp"):
            os.mkdir(f"{self.folder}/mail{name}")
            os.chown(f"{self.folder}/mail{name}", entry.pw_uid, entry.pw_gid)
        if root:
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.owner, self.count = (entry.pw_uid, entry.pw_gid), 0
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem"], check=True,
                       capture_output=True)
        self.port, self.tls_port = liaison.free_port(), liaison.free_port()
        names = ("dovecot", "dovenull", "dovecot") if root else (user, user, "")
        self.config = liaison.write_file(f"{self.folder}/dovecot.conf", CONFIG.format(
            folder=self.folder, port=self.port, tls_port=self.tls_port, internal=names[0], login=names[1], group=names[2],
            mail=self.owner[0], mailgroup=self.owner[1]))
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", self.config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        liaison.wait_until(lambda: os.path.exists(f"{self.folder}/run/auth-client") or self.process.poll() is not None, 20,
                           "dovecot runs")
        assert self.process.poll() is None, "dovecot does not run"

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder)

    def put(self, text):
        self.count += 1
        path = f"{self.folder}/mail/tmp/{self.count:06d}.M{time.time_ns()}.test"
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chown(path, *self.owner)
        os.rename(path, path.replace("/mail/tmp/", "/mail/new/"))

    def put_corpus(self, name, token=TOKEN):
        with open(os.path.join(CORPUS, name), encoding="utf-8") as file:
            self.put(file.read().replace(TOKEN, token))

    def flags(self):
        """Of each message, oldest first, its flags: "S" is seen."""
        paths = glob.glob(f"{self.folder}/mail/cur/*") + glob.glob(f"{self.folder}/mail/new/*")
        return [re.search(r"(?::2,(\w*))?$", path)[1] or "" for path in sorted(paths, key=os.path.basename)]

    def settings(self, password_file, **more):
        return {"url": f"imap://127.0.0.1:{self.port}", "user": "bounces", "password_file": password_file, "every_s": 1,
                **more}


@pytest.fixture(name="mailbox")
def fresh_mailbox(closing):
    return closing(Mailbox())


@pytest.fixture(name="run")
def start_notify(notify, mailbox, secret):
    """run(**[bounces]) starts notify, with addresses that name the message."""
    def start(smtp=None, **bounces):
        return notify(smtp={"verp": "yes", **(smtp or {})}, bounces=mailbox.settings(secret("imap", "secret"), **bounces))
    return start


def told(town, sandbox, count=1, to=""):
    """What the sandbox got after a call: [(token of the return address, mail)]"""
    town.call()
    return [(re.fullmatch(r"bounce\+([0-9a-f-]{36})@riverside\.example", mail["from"])[1], mail)
            for mail in sandbox.wait_mails(count, to)]


def test_a_mail_that_comes_back_is_failed_and_the_text_goes_out(town, sandbox, mailbox, run):
    town.district.contact("P", phone="+15550100001", email="p@riverside.example")
    town.rule(channels=["email"])
    run()
    [(token, _)] = told(town, sandbox)
    assert town.deliveries()[0]["message_id"] == token + "@riverside.example"
    mailbox.put_corpus("postfix-failed.eml", token)
    rows = town.wait_states("failed", "sent")
    assert (rows[0]["reason"], rows[0]["error"], rows[1]["channel"]) == ("undelivered", "mail 5.1.1", "sms")
    assert town.pg.rows("select provider, state, kind, code from notify.receipt") == [("mail", "failed", "failed", "5.1.1")]
    liaison.wait_until(lambda: mailbox.flags() == ["S"], what="the report is marked")


@pytest.mark.parametrize("name", ["exchange-failed.eml", "sendmail-failed.eml", "qmail-failed.eml"])
def test_a_relay_that_changes_the_address_is_read_by_the_message_id(town, sandbox, mailbox, run, name):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    run(smtp={"verp": "no"})
    town.call()
    assert sandbox.wait_mails(1)[0]["from"] == "liaison@riverside.example"
    mailbox.put_corpus(name, town.deliveries()[0]["message_id"].split("@")[0])
    town.wait_states("failed")


def test_the_next_step_hears_at_once_when_a_mail_comes_back(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.district.contact("S", email="s@riverside.example", step=2)
    town.rule(escalate_s=3600)
    run()
    [(token, _)] = told(town, sandbox, to="p@riverside.example")
    mailbox.put_corpus("postfix-failed.eml", token)
    sandbox.wait_mails(1, "s@riverside.example")


def test_what_is_no_bounce_is_left_as_it_was(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    run()
    [(token, _)] = told(town, sandbox)
    others = ["out-of-office.eml", "forwarded-by-a-person.eml", "read-receipt.eml", "vacation-qmail-words.eml",
              "of-no-message.eml"]
    for name in others:
        mailbox.put_corpus(name, token)
    mailbox.put_corpus("postfix-delayed.eml", token)
    liaison.wait_until(lambda: town.pg.rows("select state, code from notify.receipt"), 20, "the delay is known")
    liaison.wait_until(lambda: mailbox.flags() == [""] * len(others) + ["S"], 20, "all are read")
    assert town.pg.rows("select state, code from notify.receipt") == [("delayed", "4.4.1")]
    assert town.deliveries()[0]["state"] == "sent"


def test_reports_are_deleted_if_so_set_and_nothing_else(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    mailbox.put_corpus("out-of-office.eml")
    run(delete="yes")
    [(token, _)] = told(town, sandbox)
    mailbox.put_corpus("success.eml", token)
    town.wait_states("delivered")
    liaison.wait_until(lambda: mailbox.flags() == [""], what="the report is gone, and the reply is there")


def test_hostile_messages_do_not_stop_it(town, sandbox, mailbox, run):
    """More than a round takes, one beyond all size, and some that are no mail at all."""
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    for text in (b"", b"\0" * 4096, os.urandom(8192), b"A" * 5_000_000, b"Subject: x\n\n" + b"line\n" * 400_000,
                 b"".join(b"Content-Type: multipart/report; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))):
        mailbox.put(text)
    for n in range(130):
        mailbox.put(f"Subject: {n}\n\nGood morning\n")
    made = run()
    [(token, _)] = told(town, sandbox)
    mailbox.put_corpus("postfix-failed.eml", token)
    town.wait_states("failed", timeout=30)
    assert made.running() and set(mailbox.flags()[:-1]) == {""}


def test_a_mailbox_that_cannot_be_read_is_not_green(town, mailbox, run):
    made = run()
    mailbox.stop()
    made.wait_log(r"event=mailbox .*error=\"imap curl", count=4)
    assert not aside(town.pg), "it may come back"
    liaison.wait_until(lambda: aside(town.pg), 20, "it is noted")
    assert list(aside(town.pg)) == ["mailbox"] and list(aside(town.pg)["mailbox"]) == ["imap curl-7"]


def test_each_report_is_read_once_over_restarts_and_failures(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    made = run()
    [(token, _)] = told(town, sandbox)
    mailbox.stop()
    made.wait_log(r"event=mailbox .*error=\"imap curl")
    mailbox.start()
    mailbox.put_corpus("success.eml", token)
    town.wait_states("delivered", timeout=20)
    made.kill9()
    mailbox.put_corpus("postfix-failed.eml", token)
    mailbox.put_corpus("of-no-message.eml")
    made.start()
    liaison.wait_until(lambda: town.pg.one("select uid from notify.mailbox") == 3, 20, "the mark has moved on")
    assert town.deliveries()[0]["state"] == "delivered"
    assert sorted(town.pg.rows("select state from notify.receipt")) == [("delivered",), ("failed",)]
    liaison.wait_until(lambda: mailbox.flags() == ["S", "S", ""], what="both are marked")


def test_two_processes_read_one_mailbox(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    run()
    run()
    [(token, _)] = told(town, sandbox)
    for name in ("postfix-delayed.eml", "postfix-failed.eml", "success.eml") * 3:
        mailbox.put_corpus(name, token)
    town.wait_states("delivered", timeout=20)
    liaison.wait_until(lambda: mailbox.flags() == ["S"] * 9, 20, "all are read")
    assert town.pg.one("select count(*) from notify.receipt") == 3


def test_a_slow_mailbox_delays_no_message_and_no_end(town, sandbox, mailbox, run, proxy):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    relay = proxy(f"tcp://127.0.0.1:{mailbox.port}")
    relay.stall()
    made = run(url=relay.endpoint.replace("tcp", "imap"))
    for n in range(1, 9):
        town.call()
        sandbox.wait_mails(n, timeout=5)
    begun = time.monotonic()
    made.terminate()
    assert time.monotonic() - begun < 10 * liaison.PATIENCE


def test_by_imaps_the_certificate_is_verified(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    url = f"imaps://localhost:{mailbox.tls_port}"
    untrusting = run(url=url)
    untrusting.wait_log(r"event=mailbox .*error=\"imap curl-60\"")
    untrusting.terminate()
    run(url=url, ca_file=f"{mailbox.folder}/cert.pem")
    [(token, _)] = told(town, sandbox)
    mailbox.put_corpus("postfix-failed.eml", token)
    town.wait_states("failed")


def test_nothing_of_a_message_is_in_the_log(town, sandbox, mailbox, run):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    made = run()
    [(token, _)] = told(town, sandbox)
    mailbox.put_corpus("postfix-failed.eml", token)
    mailbox.put_corpus("out-of-office.eml", token)
    made.wait_log(r"event=mailbox messages=1 reports=1 moved=1|event=mailbox messages=2 reports=1 moved=1")
    assert not re.search(r"principal|school\.example|away until|riverside\.example|secret", made.log())


@pytest.mark.parametrize("bounces,said", [
    ({"url": "http://mail.example"}, "bounces.url"), ({"url": "imaps://user@mail.example"}, "bounces.url"),
    ({"mailbox": 'IN"BOX'}, "bounces.mailbox"), ({"user": ""}, "bounces"), ({"password_file": "/none"},
                                                                           "bounces.password_file")])
def test_settings_that_cannot_work_are_refused(pg, sandbox, secret, config, bounces, said):
    values = {"url": "imaps://mail.example", "user": "u", "password_file": secret("imap", "x"), **bounces}
    done = subprocess.run([liaison.program("liaison-notify"), "--check", "--config",
                           config("notify.ini", **settings(pg, sandbox, secret, bounces=values))], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2 and said in done.stderr


POSTFIX = shutil.which("postfix", path=os.environ["PATH"] + ":/usr/sbin")
MAIN_CF = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
myhostname = relay.riverside.example
mydestination =
alias_maps =
alias_database =
relayhost = [127.0.0.1]:{next_hop}
virtual_mailbox_domains = riverside.example
virtual_mailbox_base = {mailbox}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""
MASTER_CF = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A relay of its own, which sends on to next_hop, and what comes back to the mailbox."""

    def __init__(self, next_hop, mailbox):
        self.folder, self.port = tempfile.mkdtemp(prefix="postfix-"), liaison.free_port()
        os.chmod(self.folder, 0o755)
        for name in ("queue", "data"):
            os.mkdir(f"{self.folder}/{name}")
        os.chown(f"{self.folder}/data", pwd.getpwnam("postfix").pw_uid, -1)
        values = {"folder": self.folder, "next_hop": next_hop, "mailbox": mailbox.folder, "port": self.port,
                  "uid": mailbox.owner[0], "gid": mailbox.owner[1]}
        liaison.write_file(f"{self.folder}/main.cf", MAIN_CF.format(**values))
        liaison.write_file(f"{self.folder}/master.cf", MASTER_CF.format(**values))
        self.run("start")

    def run(self, command):
        done = subprocess.run([POSTFIX, "-c", self.folder, command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def close(self):
        self.run("stop")
        shutil.rmtree(self.folder)


@pytest.mark.skipif(not POSTFIX or os.geteuid() != 0, reason="Postfix is not there, or may not be started")
@pytest.mark.parametrize("verp", ["yes", "no"])
def test_what_a_real_postfix_returns_is_read(town, sandbox, mailbox, run, closing, verp):
    """The next server refuses the recipient after Postfix has taken the message."""
    town.district.contact("P", phone="+15550100001", email="p@school.example")
    town.rule(channels=["email"])
    relay = closing(Postfix(sandbox.smtp_port, mailbox))
    sandbox.fault(smtp="refuse_rcpt", count=1)
    run(smtp={"port": relay.port, "verp": verp})
    town.call()
    rows = town.wait_states("failed", "sent", timeout=30)
    assert rows[0]["reason"] == "undelivered" and re.fullmatch(r"mail 5\.\d\.\d", rows[0]["error"])
    assert rows[1]["channel"] == "sms" and sandbox.mails() == []
