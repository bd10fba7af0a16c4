"""SIGHUP: each service reads its settings again and applies those that may change while it runs."""

import re
import signal

import pytest

import feed_support as fs
import liaison
import notify_support as ns
from dashboard_support import Dashboard

sandbox = pytest.fixture(name="sandbox")(ns.fresh_sandbox)
notify = pytest.fixture(name="notify")(ns.fresh_notify)
fake = pytest.fixture(name="fake")(fs.fresh_fake)
agent = pytest.fixture(name="agent")(fs.fresh_agent)


def start_intake(request):
    return request.getfixturevalue("intake")()


def start_notify(request):
    return request.getfixturevalue("notify")()


def start_dashboard(request):
    folder, database = request.getfixturevalue("tmp_path"), request.getfixturevalue("pg")
    return request.getfixturevalue("closing")(Dashboard(folder, database)).start()


def start_feed(request):
    agent = request.getfixturevalue("agent")
    agent.rows(fs.row("A-1"))
    process = agent.run()
    process.wait_log(r"event=session_open")
    return process


@pytest.fixture(params=[start_intake, start_notify, start_dashboard, start_feed],
                ids=["intake", "notify", "dashboard", "feed"])
def service(request):
    return request.param(request)


def reload(service, level):
    """Writes this level into the file of its --config, then sends SIGHUP."""
    path = service.argv[service.argv.index("--config") + 1]
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"^\[log\]\n(level = .*\n)?", "", file.read(), flags=re.M)
    liaison.write_file(path, f"{text}[log]\nlevel = {level}\n")
    service.process.send_signal(signal.SIGHUP)


def test_a_bad_setting_is_told_and_the_service_goes_on_as_before(service):
    reload(service, "loud")
    service.wait_log(r" error .*event=reload field=|level is none of")
    reload(service, "info")
    service.wait_log(r" info .*event=reload\b")
    assert service.terminate() == 0
    assert service.lines(r"event=stop signal=15")


def test_a_new_log_level_holds_at_once(service):
    reload(service, "error")
    assert service.terminate() == 0
    assert not service.lines(r"event=(stop|reload)\b")
