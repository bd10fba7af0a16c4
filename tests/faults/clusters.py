"""PostgreSQL clusters that a test may break, and a standby that can take over."""

import os
import pwd
import shutil
import tempfile

import psycopg2

import liaison


def own(path):
    """Changes the owner of a file or folder to the user of the clusters; returns the path."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


class Own(liaison.Cluster):
    """A cluster that only one test uses."""

    def start(self):
        try:
            super().start()
        except RuntimeError as fault:
            raise RuntimeError(f"{fault}\n{self.log()[-2000:]}") from None

    def configure(self, **settings):
        """Appends settings, which the next start or reload applies. The last value of a setting counts."""
        with open(self.dir + "/data/postgresql.conf", "a", encoding="ascii") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def one(self, sql):
        session = self.connect("postgres")
        try:
            with session.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchone()[0]
        finally:
            session.close()

    def answers(self):
        try:
            return self.one("select true")
        except psycopg2.Error:
            return False

    def crash(self):
        """Like Cluster.crash(), but the cluster may be down already."""
        try:
            super().crash()
        except FileNotFoundError:
            pass


class Standby(Own):
    """A standby of a cluster, with its own folder and socket."""

    def __init__(self, first):
        self.bin, self.port, self.count, self.templates = first.bin, first.port, 0, {}
        self.environ = {}
        self.dir = own(tempfile.mkdtemp(prefix="lsn", dir="/tmp"))
        os.chmod(self.dir, 0o711)
        try:
            self._run("pg_basebackup", "-h", first.dir, "-p", str(first.port), "-U", "postgres", "-D",
                      self.dir + "/data", "-X", "stream", "-c", "fast", "-R", "-N")
            self.configure(unix_socket_directories=self.dir)
            self.start()
        except BaseException:
            shutil.rmtree(self.dir, ignore_errors=True)
            raise

    def promote(self):
        self._pg_ctl("promote")
