"""What providers of texts tell the dashboard (/hooks): receipts and texts that come in, from whoever proves to be the
provider. Signatures are made here as Twilio's libraries make them."""

import base64
import glob
import hashlib
import hmac
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree

import pytest

import liaison
from dashboard_support import Dashboard
from notify_support import fresh_notify, fresh_sandbox, fresh_town, settings
from test_notify_receipts import PHONE, Told, ToldOther

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
notify = pytest.fixture(name="notify")(fresh_notify)
TOKEN, NEXT, TWO, SECRET = "a" * 32, "b" * 32, "c" * 32, "kannel-secret-of-forty-characters-000000"
PUBLIC = "https://liaison.riverside.example"
STATUS, INBOUND = "/hooks/twilio/status", "/hooks/twilio/inbound"


def sign(url, form, token=TOKEN):
    """As twilio-python's RequestValidator."""
    pairs = sorted(set(urllib.parse.parse_qsl(form, keep_blank_values=True)))
    text = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Hooks:
    """A dashboard with keys, and the providers' side."""

    def __init__(self, dashboard):
        self.dashboard, self.api = dashboard, dashboard.api()

    def twilio(self, path, signature=None, token=TOKEN, public=PUBLIC, form=None, **values):
        form = urllib.parse.urlencode(values) if form is None else form
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                   "X-Twilio-Signature": sign(public + path, form, token) if signature is None else signature}
        return self.api.raw("POST", path, form, headers)

    def status(self, reference, state, code="", sid="SM1", **more):
        code = {"ErrorCode": code} if code else {}
        return self.twilio(f"{STATUS}?delivery={reference}", MessageSid=sid, SmsSid=sid, AccountSid="ACtest", To=PHONE,
                           From="+15550109999", MessageStatus=state, ApiVersion="2010-04-01", **code, **more)

    def text(self, body, sid, number=PHONE, **more):
        """(status, what is answered)"""
        answer = self.twilio(INBOUND, MessageSid=sid, From=number, To="+15550109999", Body=body, NumMedia="0", **more)
        root = xml.etree.ElementTree.fromstring(answer.data)
        assert root.tag == "Response" and answer.headers["Content-Type"] == "text/xml"
        return answer.status, "".join(root.itertext())

    def kannel(self, what, secret=SECRET, **values):
        return self.api.raw("GET", f"/hooks/kannel/{what}/{secret}?{urllib.parse.urlencode(values)}")


@pytest.fixture(name="start")
def start_hooks(town, tmp_path, closing, secret):
    def start(http=None, **keys):
        keys = keys or {"twilio_token_file": secret("token", TOKEN), "twilio_next_token_file": secret("next", NEXT),
                        "twilio_second_token_file": secret("two", TWO), "kannel_secret_file": secret("kannel", SECRET)}
        return Hooks(closing(Dashboard(tmp_path, town.pg, hooks=keys, http={"public_url": PUBLIC, **(http or {})})).start())
    return start


@pytest.fixture(name="hooks")
def fresh_hooks(start):
    return start()


@pytest.fixture(name="told")
def fresh_told(town):
    town.one = town.district.contact("P", phone=PHONE)
    return Told(town)


def counters(pg):
    return dict(pg.rows("select name, sum(value)::int from liaison.counter where service = 'dashboard' group by name"))


# Twilio


def test_twilios_receipts_move_the_delivery(hooks, told):
    delivery = told.delivery(told.town.one)
    reference = f"{told.district}.{delivery}.1"
    for state, then in (("queued", "sent"), ("sent", "sent"), ("delivered", "delivered"), ("sent", "delivered"),
                        ("undelivered", "delivered")):
        answer = hooks.status(reference, state)
        assert (answer.status, answer.data) == (204, b"") and told.state(delivery) == then
    failed = told.delivery(told.town.district.contact("Q", phone="+15550100009"))
    hooks.status(f"{told.district}.{failed}.1", "undelivered", "30003")
    row = told.row(failed)
    assert (row["state"], row["reason"], row["error"]) == ("failed", "undelivered", "twilio 30003")
    liaison.wait_until(lambda: counters(told.pg).get("undelivered") == 1, what="it is counted")


def test_a_receipt_is_answered_alike_whether_it_is_of_us_or_not(hooks, told):
    delivery = told.delivery(told.town.one)
    answers = [hooks.status(reference, "failed", sid="SMother") for reference in
               (f"{told.district}.{delivery}.1", "9.9.1", "", "x", "1.1.1%27;drop")]
    assert {(a.status, a.data, a.headers["Content-Type"]) for a in answers} == {(204, b"", None)}


@pytest.mark.parametrize("fault", ["none", "wrong", "token", "url", "query", "more", "body", "long"])
def test_what_twilio_did_not_sign_is_refused(hooks, told, fault):
    delivery = told.delivery(told.town.one)
    path, form = f"{STATUS}?delivery={told.district}.{delivery}.1", "MessageSid=SM1&MessageStatus=failed"
    good = sign(PUBLIC + path, form)
    signature, sent, to = {
        "none": ("", form, path), "wrong": ("x" + good[1:], form, path), "token": (sign(PUBLIC + path, form, "e" * 32), form, path),
        "url": (sign("https://other.example" + path, form), form, path), "query": (good, form, path + "0"),
        "more": (good, form + "&ErrorCode=1", path), "body": (good, "", path), "long": ("x" * 70, form, path)}[fault]
    answer = hooks.twilio(to, signature, form=sent)
    assert answer.status in (400, 403) and told.state(delivery) == "sent"
    assert hooks.twilio(path, good, form=form).status == 204 and told.state(delivery) == "failed"


@pytest.mark.parametrize("how", ["next token", "second account", "with port", "empty", "unknown", "order", "coded", "doubled"])
def test_what_twilio_signs_is_taken_however_it_is_written(hooks, told, how):
    delivery = told.delivery(told.town.one)
    path, form = f"{STATUS}?delivery={told.district}.{delivery}.1", "MessageSid=SM1&MessageStatus=delivered"
    form += {"empty": "&ErrorCode=&Body=", "unknown": "&Neu=1&%C3%A4=%E2%82%AC", "coded": "&A%2BB=c+d%20e%2Bf",
             "doubled": "&M=2&M=1&M=2"}.get(how, "")
    form = "MessageStatus=delivered&MessageSid=SM1&AccountSid=AC" if how == "order" else form
    public = PUBLIC + ":443" if how == "with port" else PUBLIC
    answer = hooks.twilio(path, sign(public + path, form, {"next token": NEXT, "second account": TWO}.get(how, TOKEN)), form=form)
    assert answer.status == 204 and told.state(delivery) == "delivered"


def test_stop_by_twilio_is_recorded_and_twilio_answers_it(hooks, told):
    assert hooks.text("Stop", "SM1") == (200, "")
    assert told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)
    assert hooks.text("HELP", "SM2") == (200, "") and hooks.text("START", "SM3") == (200, "")
    assert not told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)
    assert hooks.text("Bitte nicht mehr", "SM4", OptOutType="STOP") == (200, "")  # a word that the account added
    assert told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)


def test_a_reply_acknowledges_and_says_so(hooks, told):
    told.delivery(told.town.one)
    second = Told(told.town, "I-2")
    second.delivery(told.town.one)
    status, words = hooks.text("OK", "SM1")
    assert status == 200 and all(f"OK {a} (police call, North High, " in words for a in (told.alert, second.alert))
    assert "It is recorded" in hooks.text(f"ok {told.alert}", "SM2")[1]
    assert hooks.text(f"ok {told.alert}", "SM2")[1] == ""  # Twilio asks again
    assert f"Please reply: OK {second.alert} (police call, North High, " in hooks.text("1", "SM3")[1]
    assert "this alert (police call, North High, " in hooks.text(f"1 {second.alert}", "SM4")[1]
    assert "You have this already (police call, North High, " in hooks.text("1", "SM6")[1]
    assert told.pg.one("select count(*) from notify.alert where state = 'acknowledged'") == 2
    assert hooks.text("OK", "SM5", "+15559999999") == (200, "")  # a stranger learns nothing


def test_a_reply_tells_alerts_apart_by_what_their_texts_called_them(hooks, told):
    def text_of(alert, **now):
        alert.delivery(told.town.one, content=json.dumps({"now": {"sensitivity": "open", **now}}))

    shooter, sealed = Told(told.town, "I-2"), Told(told.town, "I-3")
    text_of(told, **{"class": "violence", "type": "FIGHT"})
    text_of(shooter, **{"class": "weapon", "type": "ACTSHOOT"})
    text_of(sealed, **{"class": "medical", "type": ""})
    told.pg.execute("update notify.alert set severity = 100 where alert_id = %s", shooter.alert)
    told.pg.execute("update district.incident set sensitivity = 'sealed' where incident_no = 'I-3'")
    told.pg.execute("update people.role set sealed = true where role_id = %s", told.town.one)
    words = hooks.text("OK", "SM1")[1]
    assert re.search(rf": OK {shooter.alert} \(active shooter, North High, [^)]+\)\. OK {sealed.alert} \(police call, "
                     rf"North High, [^)]+\)\. OK {told.alert} \(fight, North High, [^)]+\)\.", words), words
    assert "that you have this alert (active shooter, North High, " in hooks.text(f"OK {shooter.alert}", "SM2")[1]


def test_a_reply_names_alarms_and_drills_too(hooks, told):
    told.pg.execute("update people.role set alarms = true where role_id = %s", told.town.one)
    alarm, drill = ToldOther(told.town, "alarm"), ToldOther(told.town, "drill")
    words = hooks.text("OK", "SM1")[1]
    assert re.search(rf" OK {alarm.alert} \(alarm, \d+:\d+\)\. OK {drill.alert} \(drill, North High, \d+:\d+\)\.", words)
    assert "the drill reached you" in hooks.text(f"OK {drill.alert}", "SM2")[1]
    assert "take care of this alarm (" in hooks.text(f"OK {alarm.alert}", "SM3")[1]


@pytest.mark.parametrize("language,clock", [("en", r"\d{1,2}:\d\d [AP]M"), ("es", r"\d{1,2}:\d\d [ap]\. m\.")])
def test_a_reply_tells_times_by_the_clock_of_the_district(hooks, told, language, clock):
    told.delivery(told.town.one)
    told.pg.execute("update district.district set hours24 = false, language = %s", language)
    assert re.search(rf", North High, {clock}\)\.", hooks.text("OK", "SM1")[1])


def test_the_answer_is_in_the_language_of_whoever_has_the_number(hooks, told):
    told.delivery(told.town.one)
    told.pg.execute("update district.district set language = 'es'")
    assert "Queda registrado" in hooks.text("OK", "SM1")[1]
    told.pg.execute("update people.person set language = 'en'")
    assert "already" in hooks.text("OK", "SM2")[1]


def test_a_school_of_any_name_is_told_in_valid_xml(hooks, told):
    told.pg.execute("update district.school set name = 'A & B <\"> \u00c9'")
    told.delivery(told.town.one)
    Told(told.town, "I-2").delivery(told.town.one)
    assert 'A & B <"> \u00c9' in hooks.text("OK", "SM1")[1]


def test_texts_of_any_kind_are_taken(hooks, told):
    for n, body in enumerate(("", "\x00", "OK\x00", "\n", "x" * 1600, "\u20ac" * 60, "STOP\n\n", "\ud83d\ude00".encode(
            "utf-16", "surrogatepass").decode("utf-16"), "' or 1=1 --")):
        form = urllib.parse.urlencode({"MessageSid": f"SM{n}", "From": PHONE, "Body": body})
        assert hooks.twilio(INBOUND, form=form).status in (200, 400), body
    form = "MessageSid=SM99&From=%2B15550100001&Body=%FF%FE"
    raw = PUBLIC + INBOUND + "Body".encode().decode()  # signed over the octets
    text = raw.encode() + b"\xff\xfe" + b"From+15550100001MessageSidSM99"
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text, hashlib.sha1).digest()).decode()
    assert hooks.twilio(INBOUND, signature, form=form).status == 200
    assert told.pg.one("select count(*) from notify.opt_out") == 1  # "STOP\n\n"


def test_a_sender_that_is_no_telephone_is_not_recorded(hooks, told):
    assert hooks.twilio(INBOUND, MessageSid="SM1", From="whatsapp:+15550100001", Body="STOP").status == 204
    assert hooks.twilio(INBOUND, From=PHONE, Body="STOP").status == 204
    assert told.pg.one("select count(*) from notify.reply") == 0


# Kannel


def test_kannels_reports_move_the_delivery(hooks, told):
    for mask, then in (("8", "sent"), ("1", "delivered"), ("2", "failed"), ("16", "failed"), ("66", "sent"), ("x", "sent")):
        told.pg.execute("delete from notify.receipt; delete from notify.delivery")
        delivery = told.delivery(told.town.one)
        answer = hooks.kannel("dlr", delivery=f"{told.district}.{delivery}.1", state=mask, answer="err:027 text:North")
        assert (answer.status, answer.data) == (200, b"") and told.state(delivery) == then
    assert told.pg.one("select count(*) from notify.receipt where code like '%%North%%'") == 0


def test_a_text_by_kannel_is_answered_by_us(hooks, told):
    told.delivery(told.town.one)
    assert "It is recorded" in hooks.kannel("inbound", **{"from": PHONE[1:]}, text="ok", id="k1").data.decode()
    assert "no more texts" in hooks.kannel("inbound", **{"from": PHONE}, text="stop", id="k2").data.decode()
    assert "Reply STOP" in hooks.kannel("inbound", **{"from": PHONE}, text="help", id="k3").data.decode()
    assert hooks.kannel("inbound", **{"from": PHONE}, text="good morning", id="k4").data == b""
    assert hooks.kannel("inbound", text="stop").data == b""


# Keys and limits


@pytest.mark.parametrize("secret_sent", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "%00"])
def test_without_kannels_secret_there_is_nothing(hooks, told, secret_sent):
    delivery = told.delivery(told.town.one)
    answer = hooks.kannel("dlr", secret_sent, delivery=f"{told.district}.{delivery}.1", state="2")
    assert answer.status in (400, 404) and told.state(delivery) == "sent"


def test_without_configuration_there_is_nothing(start, town, secret):
    hooks = start(twilio_token_file="")
    for answer in (hooks.status("1.1.1", "failed"), hooks.twilio(INBOUND, MessageSid="SM1", From=PHONE, Body="STOP"),
                   hooks.kannel("dlr", state="2"), hooks.kannel("inbound", "", text="STOP"),
                   hooks.twilio(STATUS, sign(PUBLIC + STATUS, "a=1", ""), form="a=1")):
        assert answer.status == 404 and answer.error["code"] == "not_found"
    assert town.pg.one("select count(*) from notify.reply") == 0


def test_who_guesses_is_slowed_down_and_the_provider_is_not(start, told):
    hooks = start(http={"rate_per_s": 1, "rate_burst": 5})
    guesses = [hooks.kannel("dlr", f"{n:040d}").status for n in range(8)]
    assert guesses[:4] == [404] * 4 and guesses[-1] == 429
    assert hooks.twilio(STATUS, "wrong", MessageSid="SM1").status == 429
    delivery = told.delivery(told.town.one)
    assert [hooks.status(f"{told.district}.{delivery}.1", "sent").status for _ in range(20)] == [204] * 20


@pytest.mark.parametrize("keys,http,field", [
    ({"twilio_token_file": TOKEN}, {"public_url": ""}, "http.public_url"),
    ({"twilio_token_file": TOKEN}, {"public_url": "https://liaison.example:99999"}, "http.public_url"),
    ({"kannel_secret_file": "short"}, {}, "hooks.kannel_secret_file"),
    ({"kannel_secret_file": "x" * 31 + "/" + "x" * 8}, {}, "hooks.kannel_secret_file"),
    ({"twilio_token_file": "short"}, {}, "hooks.twilio_token_file"),
])
def test_keys_that_cannot_work_stop_the_start(town, tmp_path, secret, keys, http, field):
    files = {name: secret(name, text) for name, text in keys.items()}
    made = Dashboard(tmp_path, town.pg, hooks=files, http={"public_url": PUBLIC, **http})
    liaison.Daemon.start(made)
    made.process.wait(20)
    assert field in made.log()


def test_nothing_personal_is_in_the_log(hooks, told):
    told.delivery(told.town.one)
    hooks.text("OK", "SM1")
    hooks.text("Something private", "SM2")
    hooks.kannel("inbound", **{"from": PHONE}, text="STOP", id="k1")
    log = hooks.dashboard.log()
    assert PHONE[1:] not in log and "private" not in log and SECRET not in log and TOKEN not in log


# The whole way


@pytest.mark.needs("liaison-notify")
def test_a_text_that_twilio_loses_is_mailed(hooks, town, sandbox, notify):
    """notify asks for receipts at the address that the dashboard serves."""
    town.district.contact("P", phone=PHONE, email="p@riverside.example")
    town.rule(channels=["sms"])
    notify(sms={"callback_url": PUBLIC})
    town.call()
    sent = sandbox.wait_texts(1)[0]
    assert sent["callback"].startswith(f"{PUBLIC}{STATUS}?delivery=") and "Reply OK or: " in sent["body"]
    path = sent["callback"].removeprefix(PUBLIC)
    assert hooks.twilio(path, MessageSid=sent["sid"], MessageStatus="undelivered", ErrorCode="30005").status == 204
    rows = town.wait_states("failed", "sent")
    assert (rows[0]["error"], rows[1]["channel"]) == ("twilio 30005", "email") and sandbox.wait_mails(1)


@pytest.mark.needs("liaison-notify")
@pytest.mark.parametrize("sms,said", [
    ({"callback_url": "ftp://liaison.example"}, "sms.callback_url"),
    ({"callback_url": "http://liaison.example"}, "sms.callback_url"),
    ({"provider": "kannel", "callback_url": PUBLIC}, "sms.callback_secret_file"),
])
def test_addresses_for_receipts_that_cannot_work_are_refused(pg, sandbox, secret, config, sms, said):
    path = config("notify.ini", **settings(pg, sandbox, secret, sms=sms))
    done = subprocess.run([liaison.program("liaison-notify"), "--check", "--config", path], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and said in done.stderr


KANNEL = """group = core
admin-port = {admin}
admin-password = bar
smsbox-port = {box}
dlr-storage = internal
log-file = "{folder}/bearerbox.log"

group = smsc
smsc = fake
smsc-id = FAKE
host = 127.0.0.1
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{folder}/smsbox.log"

group = sendsms-user
username = tester
password = foobar

group = sms-service
keyword = default
get-url = "{inbound}?from=%p&text=%a&id=%I"
catch-all = true
omit-empty = true
max-messages = 1
"""


class Kannel:
    """A real one, with its fake SMS centre, which takes every text and sends one."""

    def __init__(self, folder, inbound, text):
        self.folder = tempfile.mkdtemp(prefix="kannel-", dir=str(folder))
        ports = {name: liaison.free_port() for name in ("admin", "box", "smsc", "sendsms")}
        self.url = f"http://127.0.0.1:{ports['sendsms']}/cgi-bin/sendsms"
        config = liaison.write_file(os.path.join(self.folder, "kannel.conf"),
                                    KANNEL.format(folder=self.folder, inbound=inbound, **ports))
        fake = (glob.glob("/usr/lib/kannel/test/fakesmsc") + glob.glob("/usr/libexec/kannel/test/fakesmsc"))[0]
        self.out = open(os.path.join(self.folder, "out"), "w+", encoding="utf-8")  # pylint: disable=consider-using-with
        self.running = []
        self.run("bearerbox", "-v", "4", config)
        time.sleep(1)
        self.run("smsbox", "-v", "4", config)
        self.run(fake, "-H", "127.0.0.1", "-r", str(ports["smsc"]), "-i", "0.1", "-m", "1", text)

    def run(self, *argv):
        path = os.environ["PATH"] + ":/usr/sbin"
        self.running.append(subprocess.Popen(argv, stdout=self.out, stderr=self.out, cwd=self.folder,
                                             env={**os.environ, "PATH": path}))

    def close(self):
        for one in reversed(self.running):
            one.terminate()
        for one in self.running:
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self.out.close()


@pytest.mark.needs("liaison-notify")
@pytest.mark.skipif(not glob.glob("/usr/lib*/kannel/test/fakesmsc"), reason="kannel-extras is not there")
def test_a_real_kannel_reports_and_hands_texts_on(hooks, town, notify, tmp_path, closing, secret):
    base = f"http://127.0.0.1:{hooks.dashboard.port}"
    kannel = closing(Kannel(tmp_path, f"{base}/hooks/kannel/inbound/{SECRET}", f"{PHONE} 100 text stop"))
    town.district.contact("Q", phone="+15550100007")
    town.rule(channels=["sms"])
    notify(sms={"provider": "kannel", "url": kannel.url, "account": "tester", "password_file": secret("k", "foobar"),
                "callback_url": base, "callback_secret_file": secret("kannel", SECRET)})
    liaison.wait_until(lambda: town.pg.one("select notify.opted_out(%s, %s)", town.district.id, PHONE), 20, "STOP came in")
    town.call()
    town.wait_states("delivered", timeout=20)
    kinds = {kind for kind, in town.pg.rows("select kind from notify.receipt")}
    assert "1" in kinds and not re.search(r"fight|North", str(town.pg.rows("select to_jsonb(r) from notify.receipt r")))
