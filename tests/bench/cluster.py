"""A private PostgreSQL cluster, agencies, schools and intakes for the bench, made by the library of the
integration tests; and the CPU time and memory of processes."""

import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
import liaison  # noqa: E402
import zmq  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid):
    """CPU seconds of one process with all its threads."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_of(pid):
    """Resident octets: (now, maximum so far)."""
    found = {}
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(("VmRSS:", "VmHWM:")):
                found[line[:5]] = int(line.split()[1]) * 1024
    return found["VmRSS"], found["VmHWM"]


class Machine:
    """The cluster, configured like a small server, with all settings for durability on."""

    SETTINGS = ("shared_buffers = 512MB\nmax_wal_size = 8GB\nmin_wal_size = 2GB\n"
                "checkpoint_timeout = 30min\nwal_compression = off\n")

    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="liaison-bench-")
        self.cluster = liaison.Cluster("/tmp")  # a disk, as a server has
        with open(self.cluster.dir + "/data/postgresql.conf", "a", encoding="ascii") as conf:
            conf.write(self.SETTINGS)
        self.cluster.stop()
        self.cluster.start()
        self.intakes = []
        self._write_log_files()

    def _write_log_files(self, count=96):
        """Makes WAL files that PostgreSQL can recycle, as on a server that has run for a day. Otherwise
        each new file would first write 16 MiB of zeros to disk."""
        session = self.cluster.database().session()
        session.autocommit = True
        with session.cursor() as cursor:
            for _ in range(count):
                cursor.execute("select pg_logical_emit_message(false, 'bench', 'x'), pg_switch_wal()")
            cursor.execute("checkpoint")
        session.close()

    def postgres_cpu(self):
        """CPU seconds of the whole cluster, with processes that have ended."""
        with open(self.cluster.dir + "/data/postmaster.pid", encoding="ascii") as pid_file:
            postmaster = int(pid_file.readline())
        pids = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], text=True,
                              stdout=subprocess.PIPE, check=False).stdout.split()
        with open(f"/proc/{postmaster}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        ended = (int(fields[13]) + int(fields[14])) / TICK
        return ended + cpu_of(postmaster) + sum(cpu_of(int(pid)) for pid in pids)

    def intake(self, database, binary=None, wrapper=(), **sections):
        intake = liaison.Intake(self.folder, database, log="warn", **sections)
        if wrapper:
            intake.argv = [*wrapper[1:], intake.binary, *intake.argv]
            intake.binary = wrapper[0]
        elif binary:
            intake.binary = binary
        # event=ready is logged at level info
        intake.env["LIAISON_LOG"] = "info"
        self.intakes.append(intake)
        return intake.start()

    def close(self):
        for intake in self.intakes:
            if intake.running():
                intake.terminate(30)
        self.cluster.close()
        subprocess.run(["rm", "-rf", self.folder], check=False)


class Site:
    """A database with one district, its schools, and some agencies with a key each."""

    def __init__(self, machine, agencies=4, schools=120):
        self.machine = machine
        self.db = machine.cluster.database()
        district = self.db.district("riverside", zone="America/Los_Angeles")
        self.points = os.path.join(machine.folder, f"{self.db.name}.points")
        rows, points = [], []
        for i in range(schools):
            at = (47.50 + 0.01 * (i // 12), -122.30 + 0.008 * (i % 12))
            points.append(f"{at[0]:.6f} {at[1]:.6f}\n")
            rows.append((district.id, f"S{i:03d}", f"School {i}", at[0], at[1]))
        liaison.write_file(self.points, "".join(points))
        self._many("insert into district.school (district_id, school_id, code, name, level, "
                   "latitude, longitude) values (%s, nextval('district.school_id_seq'), %s, %s, "
                   "'elementary', %s, %s)", rows)
        keys = [zmq.curve_keypair() for _ in range(agencies)]
        self.keys = os.path.join(machine.folder, f"{self.db.name}.keys")
        liaison.write_file(self.keys, "".join(f"{p.decode()} {s.decode()}\n" for p, s in keys), 0o600)
        self._many("with a as (insert into agency.agency (slug, name) values (%s, %s) returning "
                   "agency_id) insert into agency.feed_key (public_key, agency_id) "
                   "select %s, agency_id from a",
                   [(f"agency{i}", f"Agency {i}", p.decode()) for i, (p, _) in enumerate(keys)])
        self.runs = 0

    def _many(self, sql, rows):
        session = self.db.session()
        with session, session.cursor() as cursor:
            cursor.executemany(sql, rows)
        session.close()

    def load_command(self, intakes, sessions=4, events=50000, **options):
        self.runs += 1
        command = [os.path.join(self.machine.programs, "bench", "load"),
                   "--endpoint", ",".join(i.endpoint for i in intakes),
                   "--server-key", intakes[0].public.decode(), "--keys", self.keys,
                   "--schools", self.points, "--run", f"R{self.runs}",
                   "--sessions", str(sessions), "--events", str(events)]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        return command
