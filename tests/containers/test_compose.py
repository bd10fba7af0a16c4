"""docker-compose.yml on a real engine, from an empty start: all services become healthy, a call arrives, an alert is
delivered, nothing is lost when a container is killed, and no container has more rights than it needs."""

import os
import signal

import pytest

from engine import SERVICES, Project, get, missing, wait_until

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

LIMITS = ("Memory", "PidsLimit")
SIGALRM_PENDING = 1 << (signal.SIGALRM - 1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = Project(tmp_path_factory.mktemp("compose"), int(os.environ.get("PORT_BASE", "20700")))
    made.build()
    try:
        made.up()
        yield made
    finally:
        print(made.logs())
        made.down("-v")


def lines_written(project):
    """The number of lines that the demonstration's dispatch centre has written."""
    return int(project.compose("exec", "-T", "feed", "sh", "-c",
                               "wc -l </var/lib/liaison/calls/larkmoor-pd-live.ndjson").stdout)


def records_stored(project):
    return int(project.sql("select coalesce(sum(at_school + no_school + duplicate + quarantined), 0) from agency.tally"))


def status_of(project, service):
    """The kernel's status of the container's first process."""
    with open(f"/proc/{project.inspect(service)['State']['Pid']}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_all_containers_become_healthy_from_nothing(project):
    project.wait_healthy()
    assert project.inspect("admin")["State"]["ExitCode"] == 0


def test_the_page_answers(project):
    assert b"<html" in get(project.url("PORT_HTTP", "/"))
    assert get(project.url("PORT_HTTP", "/healthz")) is not None


def test_a_call_arrives_and_its_alert_is_delivered(project):
    wait_until(lambda: int(project.sql("select count(*) from district.incident where mode = 'live'")) > 0, 120,
               "a live call at a school")
    wait_until(lambda: project.mails(), 120, "a message in the catcher")
    assert int(project.sql("select count(*) from notify.delivery where state = 'sent'")) > 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_has_no_more_than_it_needs(project, service):
    host = project.inspect(service)["HostConfig"]
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"] and not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert all(host[limit] > 0 for limit in LIMITS)
    assert [limit["Name"] for limit in host["Ulimits"]] == ["nofile"]
    status = status_of(project, service)
    assert "0" not in status["Uid"].split()
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"
    with open(f"/proc/{project.inspect(service)['State']['Pid']}/limits", encoding="ascii") as file:
        assert "Max open files            16384" in file.read()


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_that_is_killed_starts_again_by_itself(project, service):
    before = project.inspect(service)
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    wait_until(lambda: project.inspect(service)["RestartCount"] > before["RestartCount"], 60, f"{service} was started again")
    project.wait_healthy()


def test_a_program_whose_loop_stands_still_is_started_again(project):
    before = project.inspect("dashboard")
    pid = before["State"]["Pid"]
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: int(status_of(project, "dashboard")["ShdPnd"], 16) & SIGALRM_PENDING, 90, "the alarm is due")
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: project.inspect("dashboard")["RestartCount"] > before["RestartCount"], 60, "a new dashboard")
    project.wait_healthy()


def test_nothing_was_lost_and_alerts_still_go_out(project):
    mails = len(project.mails())
    wait_until(lambda: len(project.mails()) > mails, 180, "one more message, after all those ends")
    project.compose("stop", "generator")
    written = lines_written(project)
    wait_until(lambda: records_stored(project) >= written, 60, f"{written} records")
    assert records_stored(project) == written


def test_down_and_up_again_keeps_the_data(project):
    calls, records = project.sql("select count(*) from district.incident"), records_stored(project)
    project.down()
    project.up()
    project.wait_healthy()
    assert int(project.sql("select count(*) from district.incident")) >= int(calls) > 0
    assert records_stored(project) >= records > 0
    wait_until(lambda: project.mails(), 60, "the messages of before")
