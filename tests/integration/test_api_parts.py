"""The parts of the dashboard's API (services/dashboard/host/parts.def): a missing or a double entry does not compile."""

import glob
import os
import re
import shutil
import subprocess

import pytest

import liaison

HERE = os.path.join(liaison.ROOT, "services", "dashboard", "host")
PARTS = re.findall(r"^API_PART\((\w+)\)$", open(HERE + "/parts.def", encoding="utf-8").read(), re.M)


def compiled(tmp_path, change, name):
    """The compiler's errors for a file of the dashboard with a changed parts.def; "" if there are none."""
    for path in glob.glob(os.path.dirname(HERE) + "/**/*.[ch]", recursive=True):
        shutil.copy(path, tmp_path)
    with open(HERE + "/parts.def", encoding="utf-8") as file:
        (tmp_path / "parts.def").write_text(change(file.read()), encoding="utf-8")
    flags = subprocess.run(["pkg-config", "--cflags", "libzmq", "libpq", "jansson", "libuv", "libsodium", "openssl"],
                           capture_output=True, text=True, check=True).stdout.split()
    done = subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", '-DLIAISON_VERSION="test"', "-fsyntax-only", "-Wall",
                           "-I", liaison.ROOT, "-I", liaison.ROOT + "/common", "-I", liaison.ROOT + "/common/http",
                           *flags, str(tmp_path / name)], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def test_each_file_with_a_part_has_its_row(tmp_path):
    found = []
    for path in glob.glob(os.path.dirname(HERE) + "/*/*.c"):
        with open(path, encoding="utf-8") as file:
            found += re.findall(r"^const struct api_part (\w+)_part = \{API_PART_OF\((\w+)\)", file.read(), re.M)
    assert sorted(found) == sorted((part, part) for part in PARTS)
    assert compiled(tmp_path, lambda text: text, "health.c") == compiled(tmp_path, lambda text: text, "api.c") == ""


@pytest.mark.parametrize("change,name,why", [
    (lambda text: text.replace("API_PART(health)\n", ""), "health.c", "API_PART_health"),
    (lambda text: text + "API_PART(health)\n", "api.c", "redeclaration of enumerator .API_PART_health"),
], ids=["missing", "double"])
def test_a_row_that_is_missing_or_double_stops_the_build(tmp_path, change, name, why):
    assert re.search(why, compiled(tmp_path, change, name))
