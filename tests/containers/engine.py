"""docker-compose.yml on a real engine: the images, the project and its containers."""

import json
import os
import shutil
import subprocess
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POSTGRES = "postgres:15-bookworm"
SERVICES = ("postgres", "intake", "notify", "dashboard", "sandbox", "generator", "feed")


def run(*argv, check=True, **options):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)
    assert not check or done.returncode == 0, f"{' '.join(argv)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def missing():
    """Why containers cannot be tested here, or None."""
    for program in ("docker", "docker-compose"):
        if not shutil.which(program):
            return f"no {program}"
    if run("docker", "info", check=False, timeout=60).returncode != 0:
        return "no Docker engine answers"
    return None


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.5)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()
    except OSError:
        return None


class Project:
    """The committed tree, copied to a separate folder because secrets.sh writes into it."""

    def __init__(self, folder, base):
        self.folder = str(folder)
        self.ports = {"PORT_HTTP": base, "PORT_MAIL": base + 1, "PORT_SMS": base + 2, "PORT_INTAKE": base + 4}
        self.name = f"liaisontest{os.getpid()}"
        self.env = {**os.environ, **{name: str(port) for name, port in self.ports.items()},
                    "COMPOSE_PROJECT_NAME": self.name, "COMPOSE_HTTP_TIMEOUT": "180"}
        files = run("git", "-C", ROOT, "ls-files", "-z").stdout.split("\0")
        for name in filter(None, files):
            if os.path.exists(os.path.join(ROOT, name)):
                os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
                shutil.copy(os.path.join(ROOT, name), os.path.join(self.folder, name), follow_symlinks=False)

    def build(self):
        """Builds the images, except if LIAISON_IMAGES=keep and they exist. It does not use `docker-compose build`,
        which cannot use the host's network, as some closed networks require."""
        if os.environ.get("LIAISON_IMAGES") == "keep" and not run("docker", "image", "inspect", "liaison:local", POSTGRES,
                                                                  check=False).returncode:
            run("deploy/container/secrets.sh", cwd=self.folder)
            return
        run("docker", "build", "--network", "host", "-f", "deploy/container/Dockerfile", "-t", "liaison:local", ".",
            cwd=self.folder)
        if (run("docker", "image", "inspect", POSTGRES, check=False).returncode != 0 and
                run("docker", "pull", "-q", POSTGRES, check=False, timeout=300).returncode != 0):
            run("docker", "build", "--network", "host", "-t", POSTGRES, "tests/containers/postgres", cwd=self.folder)
        run("deploy/container/secrets.sh", cwd=self.folder)

    def compose(self, *argv, **options):
        return run("docker-compose", *argv, cwd=self.folder, env=self.env, **options)

    def up(self):
        self.compose("up", "-d", "--no-build", timeout=600)

    def down(self, *argv):
        self.compose("down", "-t", "20", *argv, timeout=300)

    def url(self, port, path):
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def inspect(self, service):
        container = self.compose("ps", "-q", service).stdout.strip()
        return json.loads(run("docker", "inspect", container).stdout)[0]

    def is_healthy(self, service):
        state = self.inspect(service)["State"]
        return state["Running"] and state["Health"]["Status"] == "healthy"

    def wait_healthy(self, seconds=240):
        for service in SERVICES:
            wait_until(lambda: self.is_healthy(service), seconds, f"{service} is healthy")  # noqa: B023

    def sql(self, text):
        return self.compose("exec", "-T", "postgres", "psql", "-qAtX", "-U", "postgres", "-d", "liaison", "-c",
                            text).stdout.strip()

    def mails(self):
        body = get(self.url("PORT_MAIL", "/api/messages"))
        return json.loads(body)["messages"] if body else []

    def logs(self):
        return self.compose("logs", "--no-color", "--tail", "40", check=False).stdout
