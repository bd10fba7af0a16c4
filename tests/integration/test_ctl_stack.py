"""The private stack of `make run`: start, start again, kill -9 of everything, stop; and the contents of
var/run.json."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import urllib.request

import pytest

import liaison

pytestmark = pytest.mark.needs("liaisonctl", "liaison-intake", "liaison-feed", "liaison-notify", "liaison-dashboard")


def free_base():
    """Nine free ports in a row, below 32768."""
    for base in range(24000, 32000, 10):
        socks = []
        try:
            for port in range(base, base + 9):
                sock = socket.socket()
                socks.append(sock)
                sock.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for sock in socks:
                sock.close()
    raise RuntimeError("no free ports")


class Stack:
    def __init__(self, folder):
        self.var = os.path.join(str(folder), "var")
        self.base = free_base()
        self.env = {**os.environ, "LIAISON_VAR": self.var, "PORT_BASE": str(self.base), "OUT": liaison.OUT,
                    "WATCHDOG_S": "12"}

    def run(self, *argv, **env):
        return subprocess.run([os.path.join(liaison.ROOT, "deploy/stack.sh"), *argv], env={**self.env, **env},
                              capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)

    def start(self):
        done = self.run("start")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def json(self):
        with open(self.var + "/run.json", encoding="utf-8") as file:
            return json.load(file)

    def pids(self):
        """The processes of this stack: supervisors, services, PostgreSQL."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read()
            except OSError:
                continue
            if self.var.encode() in words and int(pid) != os.getpid():
                found.append(int(pid))
        return found

    def sql(self, text):
        return subprocess.run(["psql", "-qAtX", self.json["database"], "-c", text], capture_output=True, text=True,
                              check=True).stdout.strip()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack with a space")
    for path in (folder, folder.parent):
        os.chmod(path, 0o755)
    made = Stack(folder)
    made.start()
    yield made
    made.run("stop")
    for pid in made.pids():
        os.kill(pid, signal.SIGKILL)


def status_of(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status


def test_run_json_says_where_everything_is_and_nobody_else_may_read_it(stack):
    run = stack.json
    assert stat.S_IMODE(os.stat(stack.var + "/run.json").st_mode) == 0o600
    assert set(run) == {"dashboard", "public", "mail", "sms", "intake", "intake_key", "agencies", "database", "users"}
    assert [status_of(run[name]) for name in ("dashboard", "public", "mail", "sms")] == [200] * 4
    assert run["intake"] == f"tcp://127.0.0.1:{stack.base + 4}"
    assert len(run["intake_key"]) == 40
    assert len(run["agencies"]) == 4
    for agency in run["agencies"]:
        assert stat.S_IMODE(os.stat(agency["key_file"]).st_mode) == 0o600
    assert {user["role"] for user in run["users"]} == {"district", "school"}


def test_every_demo_sign_in_is_let_in(stack):
    for user in stack.json["users"]:
        body = json.dumps({"login": user["login"], "password": user["password"]}).encode()
        request = urllib.request.Request(stack.json["dashboard"] + "api/v1/session", data=body,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer)["user"]["role"] == user["role"]


def test_live_calls_and_alerts_come_within_a_minute(stack):
    liaison.wait_until(lambda: int(stack.sql("select count(*) from district.incident where mode = 'live'")) > 0,
                       60, what="a live call at a school")
    liaison.wait_until(lambda: int(stack.sql("select count(*) from notify.delivery where state = 'sent'")) > 0,
                       60, what="an alert that was sent")


def test_the_history_alerts_nobody_and_ends_published(stack):
    liaison.wait_until(lambda: stack.sql("select count(*) from publication.year") == "1", 120, what="the published year")
    assert stack.sql("select count(*) from notify.alert a join district.incident i using "
                     "(district_id, agency_id, incident_no) where i.mode = 'backfill'") == "0"


def test_no_secret_stands_in_an_argument_list(stack):
    secrets = [user["password"] for user in stack.json["users"]]
    with open(stack.var + "/secrets/liaison_owner", encoding="ascii") as file:
        secrets.append(file.read().strip())
    pids = stack.pids()
    assert len(pids) > 5
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode(errors="replace")
        assert not [s for s in secrets if s in words]


def test_a_second_start_changes_nothing(stack):
    before = stack.json, sorted(stack.pids())
    stack.start()
    after = stack.json, sorted(stack.pids())
    assert before[0] == after[0]
    assert len(set(before[1]) & set(after[1])) >= len(before[1]) - 12  # PostgreSQL's own backends come and go


def pid_of(stack, service):
    try:
        with open(f"{stack.var}/run/{service}.pid", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def strike(stack, number, *services):
    """Sends a signal to services and waits until each runs as a new process."""
    before = {service: pid_of(stack, service) for service in services}
    assert all(before.values())
    for pid in before.values():
        os.kill(pid, number)
    for service, pid in before.items():
        liaison.wait_until(lambda: pid_of(stack, service) not in (pid, None), 90, what=f"a new {service}")


def dashboard_answers(stack):
    try:
        return status_of(stack.json["dashboard"] + "healthz") == 200
    except OSError:
        return False


def test_a_service_that_is_killed_comes_back_by_itself(stack):
    strike(stack, signal.SIGKILL, "dashboard")
    liaison.wait_until(lambda: dashboard_answers(stack), 30, what="a dashboard that answers")


def test_services_whose_loops_stand_still_are_started_again(stack):
    strike(stack, signal.SIGSTOP, "dashboard", "intake", "notify", "feed-larkmoor-pd")
    liaison.wait_until(lambda: dashboard_answers(stack), 30, what="a dashboard that answers")


def test_after_kill_9_of_everything_it_starts_and_has_lost_nothing(stack):
    events = int(stack.sql("select sum(at_school + no_school) from agency.tally"))
    for pid in stack.pids():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    liaison.wait_until(lambda: not stack.pids(), 20, what="nothing runs any more")
    stack.start()
    assert stack.run("status").returncode == 0
    assert int(stack.sql("select sum(at_school + no_school) from agency.tally")) >= events


def test_a_real_citys_year_goes_in_whole_and_alerts_nobody(stack):
    data = liaison.SHARED_DATA
    if not os.path.isdir(data + "/seattle-911-2015"):
        pytest.skip(f"no shared data: {data}")
    done = subprocess.run([os.path.join(liaison.ROOT, "deploy/demo-city.sh"), data], env=stack.env, timeout=600,
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    with open(stack.var + "/city.json", encoding="utf-8") as file:
        city = json.load(file)
    status = subprocess.run([liaison.program("liaisonctl"), "--config", stack.var + "/conf/ctl.conf", "--json", "status"],
                            capture_output=True, text=True, check=True).stdout
    told = {row["agency"]: row for row in json.loads(status)["counts"] if row["mode"] == "backfill"}
    parts = ("rejected", "duplicates", "at_school", "no_school", "quarantined")
    for agency, rows, duplicates in (("seattle", 91067, 782), ("montgomery", 3051, 11)):
        count = city[agency]
        assert count["read"] == rows == sum(count[part] for part in parts)
        assert count["duplicates"] == duplicates
        assert {part: told[agency][part] for part in ("read", *parts)} == {part: count[part] for part in ("read", *parts)}
    assert city["montgomery"]["at_school"] == 0
    # 2,190 rows lie within 150 m of a school point; 16 of them are exact duplicates of another
    assert city["seattle"]["at_school"] == 2174
    assert stack.sql("select count(*) from district.incident i join district.district d using (district_id) "
                     "where d.slug = 'seattle'") == "2174"
    assert stack.sql("select count(*) from notify.alert a join district.district d using (district_id) "
                     "where d.slug = 'seattle'") == "0"


def test_a_port_in_use_is_named_before_anything_is_started(stack, tmp_path):
    done = stack.run("start", LIAISON_VAR=str(tmp_path / "other"))
    assert done.returncode == 1
    assert re.search(rf"port {stack.base}\d* is in use|port \d+ is in use", done.stderr)
    assert not (tmp_path / "other" / "pg").exists()


def test_stop_leaves_no_process_and_no_run_json(stack):
    done = stack.run("stop")
    assert done.returncode == 0, done.stderr
    liaison.wait_until(lambda: not stack.pids(), 20, what="nothing runs any more")
    assert not os.path.exists(stack.var + "/run.json")
    assert stack.run("stop").returncode == 0
