"""Short links in messages: their keys, and what opens them."""

import hashlib
import re
import subprocess

import pytest

import liaison
import notify_support
from dashboard_support import Dashboard, fresh_dashboard, fresh_town
from notify_support import fresh_notify, fresh_sandbox
from test_notify_conversation import talk  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-dashboard", "liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
notify = pytest.fixture(name="notify")(fresh_notify)
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)

KEY, NEXT = "k" * 40, "n" * 40


def linked(pg, sandbox, notify, secret):
    """The text of a link, of a message that notify sent with a key."""
    town = notify_support.Town(pg)
    town.district.contact("P", name="Pat Doe", phone="+15550100001")
    town.rule(channels="{sms}")
    notify(links={"base_url": "https://liaison.riverside.example", "key_file": secret("links.notify", KEY)})
    town.call()
    return re.search(r"https://liaison\.riverside\.example/a/([A-Za-z0-9]{16})\b",
                     sandbox.wait_texts(1)[0]["body"]).group(1)


def status_of(token, pg, tmp_path, closing, **links):
    made = closing(Dashboard(tmp_path, pg, links=links)).start()
    found = made.api().call("GET", f"/api/v1/ack/{token}").status
    made.terminate()
    return found


def test_a_copy_of_the_database_and_another_key_open_no_link(pg, sandbox, notify, secret, tmp_path, closing):
    token = linked(pg, sandbox, notify, secret)
    kept = pg.one("select token_hash from notify.token").tobytes()
    assert kept != hashlib.blake2b(token.encode(), digest_size=32).digest()
    key = hashlib.blake2b(KEY.encode(), digest_size=32).digest()
    assert kept == hashlib.blake2b(token.encode(), digest_size=32, key=key).digest()
    present, other = secret("links.one", KEY), secret("links.two", NEXT)
    opens = lambda **links: status_of(token, pg, tmp_path, closing, **links)
    assert opens(key_file=present) == 200
    assert opens(key_file=other, old_key_file=present) == 200, "while the key is replaced"
    assert opens(key_file=other) == 404 == opens()


def test_a_link_of_before_opens_until_it_expires(town, tmp_path, closing, secret):
    alert, contact = town.alert(town.incident("A-1", status="open"))
    old = town.token(alert, contact)
    assert len(old) > 40
    assert status_of(old, town.db, tmp_path, closing, key_file=secret("links.one", KEY)) == 200


def test_links_that_are_none_are_counted_and_a_right_one_opens(talk):  # noqa: F811
    api = talk.dashboard.api()
    wrong = [api.call("GET", f"/api/v1/ack/{at:016d}").status for at in range(52)]
    assert wrong[:50] == [404] * 50 and wrong[-1] == 429
    assert api.call("POST", f"/api/v1/ack/{'x' * 16}", {"act": "has"}).headers["Retry-After"]
    assert talk.page("Ana")["state"] == "open", "whoever has a link is not locked out"
    assert talk.press("Ana").status == 200


def test_a_key_that_is_too_short_is_refused(pg, sandbox, secret, tmp_path, config):
    links = {"key_file": secret("links.short", "short")}
    made = Dashboard(tmp_path, pg, links=links)
    liaison.Daemon.start(made)
    made.process.wait(20)
    assert "links.key_file" in made.log()
    path = config("notify.ini", **notify_support.settings(pg, sandbox, secret, links=links))
    done = subprocess.run([liaison.program("liaison-notify"), "--check", "--config", path], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and "links.key_file needs 32 characters" in done.stderr
