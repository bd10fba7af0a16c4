"""liaison-notify --check: what is wrong with a configuration is said before anything is sent."""

import subprocess

import pytest

import liaison
from notify_support import settings

pytestmark = pytest.mark.needs("liaison-notify")


class Nowhere:
    """Stands for a sandbox: nothing is sent here."""

    smtp_port, sms = 25, "http://127.0.0.1:9"

    def conninfo(self, role):
        return f"dbname=liaison user=liaison_{role}"


@pytest.fixture
def check(config, secret):
    def run(**more):
        path = config("notify.ini", **settings(Nowhere(), Nowhere(), secret, **more))
        return subprocess.run([liaison.program("liaison-notify"), "--config", path, "--check"],
                              capture_output=True, text=True, timeout=10, check=False)
    return run


def test_good_configuration_is_good(check):
    done = check()
    assert (done.returncode, done.stdout) == (0, "liaison-notify: the configuration is good\n"), done.stderr


@pytest.mark.parametrize("section, values, said", [
    ("smtp", {"tls": "maybe"}, "smtp.tls"),
    ("smtp", {"user": "liaison"}, "smtp.user a password is not sent without TLS"),
    ("smtp", {"user": "liaison", "tls": "starttls"}, "smtp.password_file"),
    ("smtp", {"from": "nobody"}, "smtp.from"),
    ("smtp", {"port": 70000}, "line 5"),
    ("sms", {"provider": "pigeon"}, "sms.provider"),
    ("sms", {"url": ""}, "sms url, account, password_file and from go together"),
    ("sms", {"account": "AC/../x"}, "sms.account"),
    ("sms", {"password_file": "/nonexistent"}, "sms.password_file cannot read"),
    ("sms", {"url": "http://gateway.example"}, "sms.url a password is not sent over plain HTTP"),
    ("sms", {"url": "http://127.evil.example.org"}, "sms.url a password is not sent over plain HTTP"),
    ("sms", {"url": "HTTP://localhost.example.org"}, "sms.url a password is not sent over plain HTTP"),
    ("links", {"base_url": "http://liaison.example"}, "links.base_url must begin with https://"),
    ("links", {"base_url": "liaison.example"}, "links.base_url must begin with"),
    ("links", {"base_url": "https://" + "x" * 40 + ".example"}, "links.base_url is too long"),
    ("links", {"base_url": "https://liaison.example:99999"}, "links.base_url names no port"),
    ("sms", {"url": "https://gateway.example:0/x"}, "sms.url names no port"),
    ("sms", {"callback_url": "https://liaison.example:65536"}, "sms.callback_url names no port"),
    ("sandbox", {"sms_url": "http://127.0.0.1:70000"}, "sandbox.sms_url names no port"),
    ("sandbox", {"webhook_url": "https://hooks.example:70000/a"}, "sandbox.webhook_url names no port"),
    ("watch", {"heartbeat_url": "https://watch.example:70000"}, "watch.heartbeat_url names no port"),
    ("retry", {"lease_s": 30}, "retry.lease_s must be more than"),
    ("log", {"level": "loud"}, "log.level"),
    ("smtp", {"hots": "x"}, "line 8"),
])
def test_wrong_setting_is_named(check, section, values, said):
    done = check(**{section: values})
    assert done.returncode == 2
    assert said in done.stderr


def test_password_file_that_others_can_read_is_refused(check, tmp_path):
    path = liaison.write_file(str(tmp_path / "open.password"), "hunter2\n", 0o644)
    done = check(sms={"password_file": path})
    assert done.returncode == 2
    assert "sms.password_file" in done.stderr and "hunter2" not in done.stderr
