"""deploy/sandbox: answers like the gateways it stands for, and shows strangers' HTML safely."""

import base64
import smtplib
import urllib.error
import urllib.parse
import urllib.request
from email.message import EmailMessage

import pytest

from notify_support import fresh_sandbox, request

sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)


def fetch(url, form=None, user=None, headers=None):
    """(status, headers, body as text)."""
    wanted = urllib.request.Request(url, data=form and urllib.parse.urlencode(form).encode(),
                                    headers=headers or {})
    if user:
        wanted.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
    try:
        with urllib.request.urlopen(wanted, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def test_both_pages_answer(sandbox):
    for url, title in ((sandbox.mail, "Mail catcher"), (sandbox.sms, "SMS sandbox")):
        status, headers, body = fetch(url + "/")
        assert status == 200 and title in body
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert fetch(url + "/page/style.css")[0] == 200
        assert fetch(url + "/page/../sandbox.py")[0] == 404


@pytest.mark.parametrize("form, user, status, code", [
    ({"To": "+15550100001", "From": "+15550100000", "Body": "x"}, "AC1:t", 201, None),
    ({"To": "abc", "From": "+15550100000", "Body": "x"}, "AC1:t", 400, 21211),
    ({"To": "+15550100001", "Body": "x"}, "AC1:t", 400, 21603),
    ({"To": "+15550100001", "From": "+15550100000"}, "AC1:t", 400, 21602),
    ({"To": "+15550100001", "From": "+15550100000", "Body": "x" * 1601}, "AC1:t", 400, 21617),
    ({"To": "+15550100001", "From": "+15550100000", "Body": "x"}, "AC2:t", 401, 20003),
    ({"To": "+15550100001", "From": "+15550100000", "Body": "x"}, None, 401, 20003),
])
def test_twilio_shape(sandbox, form, user, status, code):
    got, _, body = fetch(sandbox.sms + "/2010-04-01/Accounts/AC1/Messages.json", form, user)
    assert got == status
    assert (f'"code": {code}' in body) if code else ('"sid": "SM' in body)
    assert len(sandbox.texts()) == (0 if code else 1)


def test_kannel_shape(sandbox):
    url = sandbox.sms + "/cgi-bin/sendsms"
    assert fetch(url + "?username=a&password=b&to=%2B15550100001&text=hi")[::2] == (202, "0: Accepted for delivery")
    assert fetch(url + "?username=a&password=b&text=hi")[::2] == (400, "Missing receiver number, rejected")
    assert fetch(url + "?to=")[::2] == (400, "Empty receiver number not allowed, rejected")
    assert fetch(url, {"to": "+15550100001"})[::2] == (400, "Invalid content-type")
    assert [t["body"] for t in sandbox.texts("+15550100001")] == ["hi"]


def test_segments_are_counted_as_a_phone_counts(sandbox):
    for text in ("a" * 160, "a" * 161, "{" * 80, "{" * 81, "\u2019" + "a" * 69, "\u2019" + "a" * 70):
        query = urllib.parse.urlencode({"to": "+15550100001", "text": text})
        fetch(sandbox.sms + "/cgi-bin/sendsms?" + query)
    assert [t["segments"] for t in sandbox.texts()] == [1, 2, 1, 2, 1, 2]


def test_html_of_a_message_is_shown_without_script_or_requests(sandbox):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", "<b>hi</b>"
    message.set_content("plain")
    message.add_alternative("<html><head></head><body><script>1</script></body></html>", subtype="html")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port) as server:
        server.send_message(message)
    caught = sandbox.wait_mails(1)[0]
    _, headers, body = fetch(f"{sandbox.mail}/message/{caught['id']}/html")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ") and "allow-scripts" not in policy
    assert "default-src 'none'" in policy and '<base target="_blank">' in body


def test_fault_happens_as_often_as_asked(sandbox):
    sandbox.fault(smtp="tempfail", count=2)
    for want in (451, 451, 250):
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port) as server:
            server.ehlo()
            server.mail("a@x.example")
            assert server.rcpt("b@x.example")[0] == want
    assert request(sandbox.mail + "/api/faults") == {}
    assert fetch(sandbox.mail + "/api/faults", headers={"Content-Type": "x"}, form={"a": "b"})[0] == 400
