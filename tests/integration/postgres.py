"""PostgreSQL for tests: a private cluster, databases with the schema, and the data of districts."""

import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

import psycopg2
import zmq

from harness import ROOT, wait_until, write_key_file

ROLES = ("owner", "intake", "notify", "dashboard", "public")


def _postgres_bin():
    for version in ("15", "16", "17"):
        path = f"/usr/lib/postgresql/{version}/bin"
        if os.path.exists(path + "/initdb"):
            return path
    return os.path.dirname(shutil.which("initdb") or "/usr/bin/initdb")


def _quick_folder():
    """In memory, if it has room: there the files of a database are made and deleted ten times sooner. Whoever is
    killed leaves what it had written, there as on a disk."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return "/tmp"
    enough = room.f_bavail * room.f_frsize > 2 << 30 and os.access("/dev/shm", os.W_OK)
    return "/dev/shm" if enough else "/tmp"


class Cluster:
    """A private PostgreSQL cluster in a directory of its own (where: /tmp or memory), reached by its Unix socket
    alone. If the tests run as root, it runs as the user postgres. fsync stays on, because tests prove durability."""

    def __init__(self, where=None):
        self.bin = _postgres_bin()
        self.dir = tempfile.mkdtemp(prefix="lsn", dir=where or _quick_folder())
        self.port = 5432  # names the socket file; nothing listens on TCP
        self.count = 0
        self.templates, self.environ = {}, {}
        os.chmod(self.dir, 0o711)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.dir, user.pw_uid, user.pw_gid)
        try:
            # -N: no fsync yet. If the machine fails now, there is nothing to lose.
            self._run("initdb", "-N", "-D", self.dir + "/data", "-U", "postgres", "-A", "trust",
                      "-E", "UTF8", "--locale=C.UTF-8")
            with open(self.dir + "/data/postgresql.conf", "a", encoding="ascii") as conf:
                conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.dir}'\n"
                           "fsync = on\nsynchronous_commit = on\nmax_connections = 60\nmax_wal_size = 256MB\n"
                           # Recovery syncs the file system once instead of each of 2,000 files.
                           "recovery_init_sync_method = syncfs\n"
                           "shared_buffers = 32MB\nlog_min_messages = warning\n"
                           "log_error_verbosity = terse\nlog_statement = none\n")
            self.start()
            with self.connect("postgres") as session, session.cursor() as cursor:
                for role in ROLES:
                    cursor.execute(f"create role liaison_{role} login")
        except BaseException:
            self.close()
            raise

    def _run(self, program, *argv, check=True):
        command = [os.path.join(self.bin, program), *argv]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              env={**os.environ, **self.environ})
        if check and done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done.stdout

    def _pg_ctl(self, *argv, check=True):
        return self._run("pg_ctl", "-D", self.dir + "/data", "-s", "-w", "-t", "300", *argv,
                         check=check)

    def start(self):
        self._pg_ctl("-l", self.dir + "/log", "start")

    def stop(self, mode="fast"):
        """mode "immediate" is a crash: no checkpoint, recovery at the next start."""
        self._pg_ctl("-m", mode, "stop")

    def crash(self):
        """kill -9 of every process of the cluster at once; start() recovers."""
        with open(self.dir + "/data/postmaster.pid", encoding="ascii") as pid_file:
            postmaster = int(pid_file.readline())
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], text=True,
                                  stdout=subprocess.PIPE, check=False).stdout.split()
        for pid in [postmaster, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in [postmaster]),
                   what="postmaster is gone")
        for name in (f"/.s.PGSQL.{self.port}", f"/.s.PGSQL.{self.port}.lock",
                     "/data/postmaster.pid"):
            if os.path.exists(self.dir + name):
                os.unlink(self.dir + name)

    def conninfo(self, database, user="postgres"):
        return f"host={self.dir} port={self.port} dbname={database} user={user}"

    def connect(self, database, user="postgres"):
        return psycopg2.connect(self.conninfo(database, user), connect_timeout=5)

    def execute(self, sql, database="postgres"):
        session = self.connect(database)
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(sql)
        finally:
            session.close()

    def template(self):
        """The database with the whole schema from which each test's database is copied."""
        if "plain" not in self.templates:
            name = "liaison_template"
            self.execute(f"create database {name} owner liaison_owner")
            apply_schema(self.connect(name, "liaison_owner"))
            with open(os.path.join(ROOT, "deploy", "superuser.sql"), encoding="utf-8") as file:
                with self.connect(name) as session, session.cursor() as cursor:
                    cursor.execute(file.read())
                session.close()
            self.templates["plain"] = name
        return self.templates["plain"]

    def database(self):
        self.count += 1
        name = f"t{self.count}"
        self.execute(f"create database {name} owner liaison_owner template {self.template()}")
        return Database(self, name)

    def drop(self, database):
        """Drops a test's database when the test ends: with many databases, recovery takes long."""
        self.execute(f"drop database if exists {database.name} with (force)")

    def log(self):
        with open(self.dir + "/log", encoding="utf-8", errors="replace") as log:
            return log.read()

    def close(self):
        if os.path.exists(self.dir + "/data/postmaster.pid"):
            self._pg_ctl("-m", "immediate", "stop", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


def apply_schema(session):
    """Does what `liaisonctl schema apply` does: each file in one transaction, numbered files first, then
    the grants."""
    folder = os.path.join(ROOT, "deploy", "schema")
    try:
        for name in sorted(f for f in os.listdir(folder) if re.match(r"([0-9]{4}|r)_.*\.sql$", f)):
            with open(os.path.join(folder, name), "rb") as file:
                text = file.read()
            with session, session.cursor() as cursor:
                cursor.execute(text.decode())
                if name[:4].isdigit():
                    cursor.execute(
                        "insert into liaison.schema_version (version, name, sha256) values (%s, %s, %s)",
                        (int(name[:4]), name, hashlib.sha256(text).hexdigest()))
        with open(os.path.join(folder, "grants.sql"), encoding="utf-8") as file:
            with session, session.cursor() as cursor:
                cursor.execute(file.read())
    finally:
        session.close()


class Database:
    """One database of a cluster. Queries run as superuser, each in a new session, so that the server
    may be killed between any two of them."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name

    def conninfo(self, role="intake"):
        return self.cluster.conninfo(self.name, role if role == "postgres" else f"liaison_{role}")

    def session(self, role="postgres"):
        """A session for locks or open transactions. The caller closes it."""
        return psycopg2.connect(self.conninfo(role), connect_timeout=5)

    def rows(self, sql, *args, role="postgres"):
        session = self.session(role)
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(sql, args or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def row(self, sql, *args):
        """The first row as a dict, or None."""
        session = self.session()
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(sql, args or None)
                first = cursor.fetchone()
                return first and dict(zip([c.name for c in cursor.description], first))
        finally:
            session.close()

    def one(self, sql, *args):
        """The first column of the first row, or None."""
        rows = self.rows(sql, *args)
        return rows[0][0] if rows else None

    def execute(self, sql, *args):
        self.rows(sql, *args)

    def dump(self):
        """The whole database as pg_dump writes it."""
        return self.cluster._run("pg_dump", "-h", self.cluster.dir, "-p", str(self.cluster.port),
                                 "-U", "postgres", "--data-only", self.name)

    def counter(self, name, label=None, service="intake"):
        """A service's counter as liaisonctl status shows it; 0 if it was never counted."""
        return int(self.one("select coalesce(sum(value), 0) from liaison.counter where service = %s "
                            "and name = %s and (%s::text is null or label = %s)",
                            service, name, label, label))

    def tally(self, column, agency=None):
        return int(self.one(f"select coalesce(sum({column}), 0) from agency.tally t "
                            "join agency.stream s using (stream_no) "
                            "where %s::int is null or s.agency_id = %s",
                            agency and agency.id, agency and agency.id))

    # What a district has --------------------------------------------------------------------------

    def agency(self, slug="metro", name=None, kind="police", zone="America/New_York", key=True):
        """Inserts an agency with one accepted CURVE key (key=False: without that key)."""
        agency_id = self.one("insert into agency.agency (slug, name, kind, zone) "
                             "values (%s, %s, %s, %s) returning agency_id",
                             slug, name or f"{slug.title()} Police", kind, zone)
        public, secret = zmq.curve_keypair()
        agency = Agency(self, agency_id, slug, public, secret)
        if key:
            agency.let_in()
        return agency

    def district(self, slug="riverside", name=None, zone="America/New_York"):
        district_id = self.one("insert into district.district (slug, name, zone) "
                               "values (%s, %s, %s) returning district_id",
                               slug, name or slug.title(), zone)
        return District(self, district_id, slug)


class Agency:
    def __init__(self, database, agency_id, slug, public, secret):
        self.db, self.id, self.slug = database, agency_id, slug
        self.public, self.secret = public, secret

    def let_in(self):
        self.db.execute("insert into agency.feed_key (public_key, agency_id) values (%s, %s) "
                        "on conflict (public_key) do update set revoked_at = null",
                        self.public.decode(), self.id)

    def revoke(self):
        self.db.execute("update agency.feed_key set revoked_at = now() where public_key = %s",
                        self.public.decode())

    def key_file(self, folder):
        """Writes the key pair as the programs read it, mode 0600; returns the path."""
        return write_key_file(os.path.join(str(folder), f"{self.slug}.key"), self.public, self.secret)

    def map_codes(self, kind, codes):
        """Maps the agency's codes to common ones in a new current version. kind: type, disposition, ..."""
        version = self.db.one("select coalesce(max(version), 0) + 1 from code.map_version "
                              "where agency_id = %s and kind = %s", self.id, kind)
        for own, common in codes.items():
            self.db.execute("insert into code.map (agency_id, version, kind, own, common) "
                            "values (%s, %s, %s, %s, %s)", self.id, version, kind, own.upper(), common)
        self.db.execute("update code.map_version set current = false "
                        "where agency_id = %s and kind = %s", self.id, kind)
        self.db.execute("insert into code.map_version (agency_id, kind, version) "
                        "values (%s, %s, %s)", self.id, kind, version)


class District:
    def __init__(self, database, district_id, slug):
        self.db, self.id, self.slug = database, district_id, slug

    def school(self, code, latitude, longitude, name=None, level="elementary", radius_m=150,
               campus=None, addresses=(), names=()):
        """Inserts a school. campus is a list of (latitude, longitude) corners. Aliases are written as
        intake normalises them: upper case, single spaces. Returns the school_id."""
        polygon = None
        if campus:
            ring = [[lon, lat] for lat, lon in [*campus, campus[0]]]
            polygon = json.dumps({"type": "Polygon", "coordinates": [ring]})
        school_id = self.db.one(
            "insert into district.school (district_id, school_id, code, name, level, latitude, "
            "longitude, radius_m, campus) values (%s, nextval('district.school_id_seq'), %s, %s, %s, "
            "%s, %s, %s, %s) returning school_id", self.id, code, name or f"{code} School", level,
            latitude, longitude, radius_m, polygon)
        for kind, aliases in (("address", addresses), ("name", names)):
            for alias in aliases:
                self.db.execute("insert into district.school_alias (district_id, school_id, kind, "
                                "alias) values (%s, %s, %s, %s)", self.id, school_id, kind, alias)
        return school_id

    def contact(self, code, email=None, phone=None, name=None, schools=(), step=1, sealed=False):
        """Inserts a contact as an import does. No schools means all. Returns the contact_id."""
        self.db.execute("select people.put_contact(%s, %s, %s, 'principal', %s, %s, %s, %s, true)", self.id,
                        code, name or f"Contact {code}", email, phone, step, sealed)
        contact_id = self.db.one("select contact_id from people.contact where district_id = %s and code = %s",
                                 self.id, code)
        self.of_schools(contact_id, schools)
        return contact_id

    def webhook(self, code, url, secret, **columns):
        """Inserts a contact that is told by a webhook. Returns the contact_id."""
        contact_id = self.contact(code, **columns)
        self.db.execute("select people.put_webhook(%s, %s, %s, %s)", self.id, code, url, secret)
        return contact_id

    def of_schools(self, contact_id, schools=()):
        """Sets the schools of a contact, in one transaction; none means all."""
        self.db.execute("delete from people.role_school where role_id = %s; "
                        "update people.role set scope = %s where role_id = %s; "
                        "insert into people.role_school select %s, %s, unnest(%s::int[])", contact_id,
                        "schools" if schools else "district", contact_id, contact_id, self.id, list(schools))
