"""A small disk for PostgreSQL, which a test can fill. It is a tmpfs if this process may mount one (root
may, in a chroot too). In a container that may not, the cluster runs with full_disk.c preloaded, which
lets no file below the path grow once the disk is declared full."""

import os
import shutil
import subprocess
import tempfile

from clusters import own
from liaison import OUT


class Small:
    """A disk of size_mb MiB at path, which the cluster's user owns."""

    def __init__(self, cluster, size_mb):
        self.path = tempfile.mkdtemp(prefix="lsn", dir="/tmp")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=700", "lsn", self.path],
                                 stderr=subprocess.DEVNULL, check=False)
        self.is_tmpfs = mounted.returncode == 0 and not os.environ.get("NO_MOUNT")
        if mounted.returncode == 0 and not self.is_tmpfs:
            self._unmount()
        if not self.is_tmpfs:
            self._preload(cluster)
        self.ballast = self.path + ".ballast"
        own(self.path)

    def _preload(self, cluster):
        library = os.path.join(OUT, "full_disk.so")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "full_disk.c")
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        cluster.stop()
        cluster.environ.update(LD_PRELOAD=library, FULL_DISK=self.path)
        cluster.start()

    def fill(self):
        """Fills the disk to the last octet."""
        self.ballast = self.path + ("/ballast" if self.is_tmpfs else ".full")
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while self.is_tmpfs:
                    file.write(bytes(65536))
            except OSError:
                pass

    def clear(self):
        os.unlink(self.ballast)

    def _unmount(self):
        subprocess.run(["umount", "-l", self.path], check=False)

    def close(self):
        if self.is_tmpfs:
            self._unmount()
        elif os.path.exists(self.ballast):
            os.unlink(self.ballast)
        shutil.rmtree(self.path, ignore_errors=True)
