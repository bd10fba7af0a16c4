"""liaison-notify: what becomes of a message when the way to it fails, or the program does."""

import os
import socket
import subprocess
from datetime import datetime

import pytest

import liaison
from notify_support import Sandbox, fresh_notify, fresh_sandbox, fresh_town, request, settings

pytestmark = pytest.mark.needs("liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)


def test_temporary_failure_is_tried_again_as_the_same_message(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=2)
    notify()
    town.call()
    row = town.wait_states("sent", timeout=20)[0]
    assert row["attempts"] == 3
    mails = sandbox.mails()
    assert len(mails) == 1 and mails[0]["message_id"] == f"<{row['message_id']}>"


def test_permanent_failure_is_not_tried_again_and_the_next_step_hears_at_once(town, sandbox, notify):
    town.district.contact("P", email="gone@riverside.example", step=1)
    town.district.contact("D", email="director@riverside.example", step=2)
    town.rule(escalate_s=3600)
    sandbox.fault(smtp="refuse_rcpt", count=1)
    notify()
    town.call()
    rows = town.wait_states("failed", "sent")
    assert (rows[0]["reason"], rows[0]["error"], rows[0]["attempts"]) == ("refused", "smtp 550", 1)
    assert [m["to"] for m in sandbox.mails()] == [["director@riverside.example"]]


def test_number_that_opted_out_is_not_tried_again(town, sandbox, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    sandbox.opt_out("+15550100001")
    notify()
    town.call()
    row = town.wait_states("failed")[0]
    assert (row["reason"], row["error"]) == ("opted_out", "twilio 21610") and sandbox.texts() == []


def test_gateway_too_busy_is_tried_again(town, sandbox, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    sandbox.fault(sms="429", count=1)
    notify()
    town.call()
    row = town.wait_states("sent")[0]
    assert row["attempts"] == 2 and row["provider_id"].startswith("SM")
    assert len(sandbox.texts()) == 1


def test_lost_answer_to_a_mail_repeats_it_under_the_same_id(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="drop", count=1)
    notify()
    town.call()
    town.wait_states("unknown", "sent")
    mails = sandbox.wait_mails(2)
    assert len(mails) == 2
    for same in ("message_id", "subject"):
        assert mails[0][same] == mails[1][same]
    assert mails[0]["headers"]["Date"] == mails[1]["headers"]["Date"]


def test_lost_answer_to_a_text_is_asked_for_and_the_text_not_repeated(town, sandbox, notify):
    """Twilio can be asked what it has."""
    town.district.contact("P", phone="+15550100001")
    town.rule()
    request(f"{sandbox.sms}/api/faults", {"sms": "drop", "count": 1})
    notify(retry={"unknown_s": 2})
    town.call()
    lost = town.wait_states("unknown", "queued")[0]
    assert lost["reason"] == "no_answer" and lost["error"].startswith("http")
    row = town.wait_states("unknown", "sent")[1]
    assert [text["sid"] for text in sandbox.texts()] == [row["provider_id"]]


def test_lost_answer_to_a_text_waits_and_repeats_it_once(town, sandbox, notify):
    """Kannel cannot be asked."""
    town.district.contact("P", phone="+15550100001")
    town.rule()
    request(f"{sandbox.sms}/api/faults", {"sms": "drop"})
    notify(retry={"unknown_s": 2}, sms={"provider": "kannel", "url": f"{sandbox.sms}/cgi-bin/sendsms"})
    town.call()
    lost, again = town.wait_states("unknown", "queued")
    assert lost["reason"] == "no_answer" and lost["error"].startswith("http")
    assert again["repeat_of"] == lost["delivery_id"] and len(sandbox.texts()) == 1
    waits = datetime.fromisoformat(again["next_at"]) - datetime.fromisoformat(lost["next_at"])
    assert waits.total_seconds() == 2, "it is not repeated at once"
    town.wait_states("unknown", "unknown")
    assert len(sandbox.texts()) == 2


def test_slow_mail_server_delays_no_other_message(town, sandbox, notify):
    town.district.contact("P", email="slow@riverside.example")
    town.district.contact("Q", phone="+15550100001")
    town.rule()
    sandbox.fault(smtp="slow", count=1, seconds=3)
    notify()
    town.call()
    sandbox.wait_texts(1, timeout=2)
    assert sandbox.mails() == []
    town.wait_states("sent", "sent")


def test_acknowledgement_stops_the_second_step(town, sandbox, notify):
    town.district.contact("P", email="principal@riverside.example", step=1)
    town.district.contact("D", email="director@riverside.example", step=2)
    town.rule(escalate_s=30)
    notify()
    town.call("I-1")
    rows = town.wait_states("sent", "queued")
    alert = rows[0]["alert_id"]
    town.pg.execute("select notify.acknowledge(%s, %s, 'Contact P', (select person_id from people.contact "
                    "where code = 'P'))", town.district.id, alert)
    town.pg.execute("update notify.delivery set next_at = now()")
    town.wait_states("sent", "cancelled")
    town.call("I-2")                       # and without one it goes on
    town.wait_states("sent", "cancelled", "sent", "queued")
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    town.wait_states("sent", "cancelled", "sent", "sent")
    mail = sandbox.mails("director@riverside.example")
    assert len(mail) == 1 and "Nobody who was told before has it." in mail[0]["text"]


def test_acknowledgement_while_the_second_step_is_due_still_stops_it(town, sandbox, notify):
    """The cancelling update of notify.acknowledge may come between due and claimed."""
    town.district.contact("P", email="principal@riverside.example", step=1)
    town.district.contact("D", email="director@riverside.example", step=2)
    town.rule()
    notify()
    town.call("I-1")
    alert = town.wait_states("sent", "queued")[0]["alert_id"]
    town.pg.execute("insert into notify.acknowledgement (district_id, alert_id, round, by, person_id, late) "
                    "select %s, %s, 1, name, person_id, false from people.contact where code = 'P';"
                    "select notify.settle(%s, %s);"
                    "update notify.delivery set next_at = now()", *(town.district.id, alert) * 2)
    rows = town.wait_states("sent", "cancelled")
    assert rows[1]["reason"] == "acknowledged"


def test_step_where_nobody_can_be_reached_is_skipped(town, sandbox, notify):
    town.district.contact("X", step=1)
    town.district.contact("D", email="director@riverside.example", step=3)
    town.rule(escalate_s=3600)
    notify()
    town.call()
    assert town.wait_states("sent")[0]["step"] == 1


def test_killed_between_claim_and_send_says_it_once(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="slow", seconds=2, count=1)
    patient = {"lease_s": 6, "timeout_s": 5}  # the second has time for its try on a busy machine
    one = notify(retry=patient)
    town.call()
    town.wait_states("sending")
    one.kill9()
    notify("second.ini", retry=patient)
    row = town.wait_states("unknown", "sent", timeout=20)[1]
    ids = [m["message_id"] for m in sandbox.mails()]
    assert ids and set(ids) == {f"<{row['message_id']}>"}, "once, or again as the same message"


def test_killed_while_sending_a_text_does_not_repeat_it_at_once(town, sandbox, notify):
    """Killed once the gateway has the request: a claim alone is committed before anything is sent."""
    town.district.contact("P", phone="+15550100001")
    town.rule()
    sandbox.fault(sms="timeout", seconds=3, count=1)
    options = {"lease_s": 5, "timeout_s": 4, "unknown_s": 3600}
    one = notify(retry=options)
    town.call()
    sandbox.wait_fault("sms")
    one.kill9()
    notify("second.ini", retry=options)
    lost = town.wait_states("unknown", "queued", timeout=20)[0]
    assert lost["reason"] == "sender_lost"
    assert len(sandbox.wait_texts(1)) == 1


def test_two_notifies_side_by_side_send_each_message_once(town, sandbox, notify):
    for i in range(4):
        town.district.contact(f"C{i}", email=f"c{i}@riverside.example", phone=f"+1555010000{i}")
    town.rule()
    fast = {"retry": {"poll_ms": 50}}
    notify("one.ini", **fast)
    notify("two.ini", **fast)
    for _ in range(12):
        town.call()
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) == 96, 30, "96 deliveries are sent")
    assert len(sandbox.mails()) == 48 and len(sandbox.texts()) == 48
    assert len({m["message_id"] for m in sandbox.mails()}) == 48
    assert town.pg.one("select count(*) from notify.alert") == 12


def test_outage_of_the_database_loses_nothing(town, sandbox, notify, cluster):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    one = notify()
    sandbox.fault(smtp="slow", seconds=2, count=1)
    town.call("I-1")
    town.wait_states("sending")
    cluster.stop("immediate")
    one.wait_log(r"event=db_down")
    sandbox.wait_mails(1)
    cluster.start()
    town.wait_states("sent", timeout=20)
    town.call("I-2")
    town.wait_states("sent", "sent", timeout=20)
    assert len(sandbox.mails()) == 2


def test_row_that_cannot_be_stored_is_set_aside_and_the_others_go_on(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    town.pg.execute("alter table notify.alert add check (incident_no <> 'I-poison')")
    for number in ("I-1", "I-poison", "I-2"):
        town.call(number)
    notify()
    town.wait_states("sent", "sent")
    waits = "select distinct incident_no, lease_until > now() from district.outbox"
    liaison.wait_until(lambda: town.pg.rows(waits) == [("I-poison", True)], 10, "all but one are decided")
    liaison.wait_until(lambda: town.pg.counter("outbox_aside", service="notify"), 5)


def test_alert_that_cannot_be_stored_is_set_aside_and_the_others_go_on(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify()
    town.call("I-poison")
    town.wait_states("sent")
    town.pg.execute("alter table notify.alert add check (incident_no <> 'I-poison' or acks = 1)")
    town.pg.execute("update notify.rule set acks = 2")
    town.pg.execute("update notify.alert set look_at = '-infinity'")
    town.call("I-1")
    town.wait_states("sent", "sent")
    liaison.wait_until(lambda: town.pg.counter("outbox_aside", service="notify"), 5)
    liaison.wait_until(lambda: town.pg.one("select look_at > now() + interval '50 minutes' from notify.alert "
                                           "where incident_no = 'I-poison'"), 5)


def test_stopping_lets_a_message_on_its_way_end(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="slow", seconds=1, count=1)
    one = notify()
    town.call()
    sandbox.wait_fault("smtp")
    assert one.terminate() == 0
    assert [row["state"] for row in town.deliveries()] == ["sent"]


def test_step_told_later_hears_the_state_of_now(town, sandbox, notify):
    """What was never said to somebody needs no update: the first message says the state of now."""
    town.district.contact("P", email="principal@riverside.example", step=1)
    town.district.contact("D", email="director@riverside.example", step=2)
    town.rule()
    notify()
    town.call("I-1")
    town.wait_states("sent", "queued")
    town.call("I-1", **{"class": "weapon", "type_code": "WEAPON"})
    town.wait_states("sent", "queued", "sent")
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    town.wait_states("sent", "sent", "sent")
    mails = sandbox.mails("director@riverside.example")
    assert len(mails) == 1 and mails[0]["text"].startswith("Weapon reported at North High")
    assert mails[0]["subject"].startswith("North High: weapon reported, "), "the subject is of now too"


def test_each_thread_keeps_the_subject_that_it_began_with(town, sandbox, notify):
    """Who hears of a call later reads what it is by then, and what follows to him stays in his thread."""
    town.district.contact("P", email="principal@riverside.example", step=1)
    town.district.contact("D", email="director@riverside.example", step=2)
    town.rule(channels=["email"])
    town.rule(name="texts", classes=["weapon", "threat"], channels=["sms"])
    town.district.contact("P", email="principal@riverside.example", phone="+15550100001")
    notify()
    town.call("I-1")
    town.wait_states("sent", "queued")
    town.call("I-1", **{"class": "weapon", "type_code": "WEAPON"})  # by another rule: texts as well
    sandbox.wait_texts(1)
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    sandbox.wait_mails(1, "director@riverside.example")
    town.wait_drained()
    town.call("I-1", **{"class": "threat", "type_code": "THREATS"})
    principal = sandbox.wait_mails(3, "principal@riverside.example")
    director = sandbox.wait_mails(2, "director@riverside.example")
    for mails, subject in ((principal, "North High: fight reported, "), (director, "North High: weapon reported, ")):
        assert len({mail["subject"] for mail in mails}) == 1 and mails[0]["subject"].startswith(subject)
        assert len({mail["references"] for mail in mails}) == 1
        assert all(mail["in_reply_to"] == mail["references"] for mail in mails[1:])
    assert principal[0]["references"] != director[0]["references"]
    first = [row["content"]["first"]["class"] for row in town.deliveries(channel="sms")]
    assert first == ["weapon", "weapon"], "a text's first word is of its time as well"


# TLS and sign-in ----------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"], cwd=tmp_path, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("openssl makes no certificate")
    return str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")


def test_mail_goes_by_starttls_and_sign_in(town, tmp_path, closing, certificate, secret, pg, daemon, config):
    password = secret("smtp.password", "correct horse")
    guarded = closing(Sandbox(tmp_path, "--smtp-cert", certificate[0], "--smtp-key", certificate[1],
                              "--smtp-user", "liaison", "--password-file", password))
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sections = settings(pg, guarded, secret, smtp={
        "tls": "starttls", "user": "liaison", "password_file": password, "ca_file": certificate[0]})
    daemon("liaison-notify", "--config", config("tls.ini", **sections)).start()
    town.call()
    mail = guarded.wait_mails(1)[0]
    assert mail["tls"] and mail["signed_in"]


@pytest.mark.parametrize("smtp, error", [
    ({"tls": "starttls"}, "smtp curl-60"),                     # a certificate that nobody vouches for
    ({"tls": "starttls", "plain": True}, "smtp curl-64"),      # a server without STARTTLS
])
def test_mail_does_not_go_where_tls_cannot_be_had(town, tmp_path, closing, certificate, secret, pg,
                                                  daemon, config, smtp, error):
    options = () if smtp.pop("plain", False) else ("--smtp-cert", certificate[0], "--smtp-key", certificate[1])
    server = closing(Sandbox(tmp_path, *options))
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    daemon("liaison-notify", "--config", config("tls.ini", **settings(pg, server, secret, smtp=smtp))).start()
    town.call()
    liaison.wait_until(lambda: town.deliveries() and town.deliveries()[0]["error"], 10)
    assert (town.deliveries()[0]["reason"], town.deliveries()[0]["error"]) == ("unreachable", error)
    assert server.mails() == []


def test_a_password_that_the_relay_refuses_is_ours_to_mend_and_final_for_nobody(
        town, tmp_path, closing, certificate, secret, pg, daemon, config):
    guarded = closing(Sandbox(tmp_path, "--smtp-cert", certificate[0], "--smtp-key", certificate[1],
                              "--smtp-user", "liaison", "--password-file", secret("right", "correct horse")))
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sections = settings(pg, guarded, secret, smtp={"tls": "starttls", "user": "liaison", "ca_file": certificate[0],
                                                   "password_file": secret("wrong", "battery staple")})
    one = daemon("liaison-notify", "--config", config("tls.ini", **sections))
    one.start()
    town.call()
    liaison.wait_until(lambda: town.deliveries() and town.deliveries()[0]["error"], 10)
    row = town.deliveries()[0]
    assert row["state"] in ("queued", "sending") and (row["reason"], row["error"]) == ("misconfigured", "smtp 535")
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=misconfigured")


# Real Kannel --------------------------------------------------------------------------------------


def test_text_goes_through_a_real_kannel(town, sandbox, notify, tmp_path, ports, secret, daemon):
    programs = {"bearerbox": "/usr/sbin/bearerbox", "smsbox": "/usr/sbin/smsbox",
                "fakesmsc": "/usr/lib/kannel/test/fakesmsc"}
    for name, path in programs.items():
        if not os.access(path, os.X_OK):
            pytest.skip(f"{name} of Kannel is not installed ({path})")
    admin, box, smsc, sendsms = (ports() for _ in range(4))
    conf = liaison.write_file(str(tmp_path / "kannel.conf"), f"""
group = core
admin-port = {admin}
admin-password = bar
admin-interface = 127.0.0.1
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
host = 127.0.0.1
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
global-sender = 13013

group = sendsms-user
username = tester
password = foobar
concatenation = true
max-messages = 3
user-allow-ip = "127.0.0.1"

group = sms-service
keyword = default
text = "none"
max-messages = 0
catch-all = true
""")
    bearer = daemon("bearerbox", "-v", "1", conf, binary=programs["bearerbox"])
    bearer.expected = (255, -15)
    bearer.start()
    liaison.wait_until(lambda: _listens(box), 20, "bearerbox listens")
    phone = daemon("fakesmsc", "-H", "127.0.0.1", "-r", str(smsc), "-i", "100000", "-m", "1",
                   "5550001 13013 text hello", binary=programs["fakesmsc"])
    phone.expected = (-15, 1)
    phone.start()
    gate = daemon("smsbox", "-v", "1", conf, binary=programs["smsbox"])
    gate.expected = (-15, 1)
    gate.start()
    liaison.wait_until(lambda: _listens(sendsms), 20, "smsbox listens")

    school = town.district.school("ECOLE", 40.01, -75.0, name="École Élémentaire “Ça”")
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify(sms={"provider": "kannel", "url": f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms",
                "account": "tester", "password_file": secret("kannel.password", "foobar")})
    town.call(schools=[school], school_id=school)
    town.wait_states("sent", timeout=20)
    got = phone.wait_log(r"Got message .*fight reported", timeout=20)
    assert "/a/" in got and "foobar" not in got
    assert "15550100001" in got


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
