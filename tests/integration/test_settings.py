"""Documents, examples and code name the same settings and counters."""

import functools
import glob
import os
import re
import subprocess

import pytest

import liaison

PROGRAMS = ("intake", "feed", "notify", "dashboard")
pytestmark = pytest.mark.needs(*(f"liaison-{name}" for name in PROGRAMS))

PAGES = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/*.md", "docs/examples/*.md", "deploy/**/*.md")
# Counters whose name is built at run time: the expression that counters_add gets, and where the names come from.
MADE = {r"counter,": ("services/intake/session/arrival.c", r'snprintf\(counter, sizeof counter, "([\w.]+)%s"'),
        r"outbox->kind->opened_counter": ("services/notify/decide/subject_*.c", r'\.opened_counter = "(\w+)"'),
        r"sent +\? channel->": ("services/notify/channel/*.c", r'\.\w+_counter = "(\w+)"')}


def read(path):
    with open(os.path.join(liaison.ROOT, path), encoding="utf-8") as file:
        return file.read()


def files(*patterns):
    found = sorted(os.path.relpath(path, liaison.ROOT) for pattern in patterns
                   for path in glob.glob(os.path.join(liaison.ROOT, pattern), recursive=True))
    assert found, patterns
    return [path for path in found if "node_modules" not in path]


@functools.lru_cache(maxsize=None)
def rows_of(page):
    """The cells of all table rows of a page, each with the header of its table."""
    rows, header = [], None
    for line in read(page).splitlines():
        if not line.startswith("|"):
            header = None
        elif header is None:
            header = line
        elif not line.startswith("|---"):
            rows.append((header, [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]))
    return rows


@functools.lru_cache(maxsize=None)
def settings():
    """{program: {(section, setting): default}} from docs/settings.md, which is compared with the programs."""
    found, program = {}, None
    for line in read("docs/settings.md").splitlines():
        if line.startswith("## liaison-"):
            program = line.removeprefix("## liaison-")
        row = re.match(r"\| `\[(\w+)\]` \| `(\w+)` \| (.*?) \|", line)
        if row:
            found.setdefault(program, {})[row[1], row[2]] = row[3].strip("`")
    return {**found, "ctl": {("database", "conninfo"): "must be set"}}


def mapping():
    """(section, setting) of mapping files, as docs/feed.md lists them; * is any name."""
    found, section = set(), None
    for header, (first, key, *_) in rows_of("docs/feed.md"):
        if header == "| section | key | value |":
            section = first.strip("`[]") or section
            found |= {(section, name) for name in re.findall(r"`([a-z_]+)`", key)} if key.startswith("`") else {(section, "*")}
    return found


def named(text):
    """Each (section, setting) in the text of a configuration file."""
    section = ""
    for line in text.splitlines():
        if head := re.fullmatch(r"\[([\w ]+)\]", line.strip()):
            section = head[1]
        elif key := re.match(r"(?:; )?(?:\$.*echo \")?(?:\$\{\d+:\+)?([a-z_]+) = ", line):
            yield section, key[1]


def test_the_page_of_settings_is_what_the_programs_print():
    programs = [liaison.program(f"liaison-{name}") for name in PROGRAMS]
    done = subprocess.run(["awk", "-f", os.path.join(liaison.ROOT, "deploy/settings.awk"), *programs],
                          capture_output=True, text=True, check=True)
    assert read("docs/settings.md") == done.stdout, "make generated"
    assert {name: len(found) > 10 for name, found in settings().items() if name != "ctl"} == dict.fromkeys(PROGRAMS, True)
    assert set(named(read("services/ctl/main.c"))) <= settings()["ctl"].keys()
    assert re.findall(r'CONFIG_\w+\(struct ctl_config, "(\w+)", (\w+)', read("services/ctl/main.c")) == \
        list(settings()["ctl"])


def examples():
    """(where, program, text) of each configuration file that the tree contains, shows or generates."""
    for path in files("deploy/conf/*", "deploy/container/conf/*"):
        yield path, re.match(r"[a-z]+", os.path.basename(path))[0], read(path)
    for name, text in re.findall(r'conf "?(\w+)[^\n]*<<EOF\n(.*?)\nEOF', read("deploy/stack/conf.sh"), re.S):
        yield f"deploy/stack/conf.sh {name}", name, text
    for page, program in (("docs/dashboard.md", "dashboard"), ("docs/notify.md", "notify"), ("docs/operator.md", "dashboard"),
                          ("docs/feed.md", "feed")):
        for text in re.findall(r"```(?:ini)?\n(.*?)```", read(page), re.S):
            if list(named(text)):
                yield page, program, text


def test_each_example_names_settings_of_its_program():
    seen, wrong = set(), []
    for where, program, text in examples():
        found = set(named(text))
        assert found, where
        seen.add(where)
        is_mapping = program == "feed" and not found & settings()["feed"].keys()
        known = mapping() if is_mapping else settings()[program]
        wrong += [(where, one) for one in sorted(found) if one not in known and (one[0], "*") not in known]
    assert wrong == []
    assert len(seen) >= 18, sorted(seen)


def test_each_setting_that_a_page_names_exists():
    known = set().union(*settings().values()) | mapping()
    found = [(page, *match) for page in files(*PAGES) if page != "docs/settings.md"
             for match in re.findall(r"`\[(\w+)\] ([a-z_]+)", read(page))]
    assert len(found) > 20
    assert [one for one in found if one[1:] not in known and (one[1], "*") not in known] == []


def test_each_default_that_a_table_names_is_the_programs():
    limits = [(re.fullmatch(r"`\[(\w+)\] (\w+)`", row[0]), row[1]) for header, row in rows_of("docs/operator.md")
              if header.startswith("| setting of intake |")]
    sessions = [(("session", row[0].strip("`")), row[1]) for header, row in rows_of("docs/dashboard.md")
                if header.startswith("| setting (`[session]`) |")]
    assert len(limits) >= 8 and len(sessions) >= 6
    assert {match.groups(): value.split(":")[0] for match, value in limits}.items() <= settings()["intake"].items()
    assert dict(sessions).items() <= settings()["dashboard"].items()


def counted():
    """{service: counters in its code}; a counter that ends in "." is a prefix."""
    found = {}
    for path in files("services/*/**/*.c", "common/*.c"):
        service = path.split("/")[1] if path.startswith("services/") else "common"
        for call in re.findall(r"\bcounters_add\(([^;]*)\);", read(path)):
            counters, rest = call.split(",", 1)
            if path == "common/counters.c":  # the definition
                continue
            names = set(re.findall(r'"([a-z_]+)"', rest))
            for expression, (where, pattern) in MADE.items():
                if re.match(r"\s*" + expression, rest):
                    names |= {name for file in files(where) for name in re.findall(pattern, read(file))}
            assert names, f"{path}: whose names? {call}"
            found.setdefault(service, set()).update(names)
    return found


def listed():
    """{service: counters that docs/operator.md lists}"""
    found = {}
    for header, row in rows_of("docs/operator.md"):
        if service := re.match(r"\| counter \(service (\w+)\) \|", header):
            names = re.findall(r"`([a-z_]+(?:\.(?=[A-Z]))?)(?:FIELD)?`", re.sub(r"\(.*?\)", "", row[0]))
            assert names, row
            found.setdefault(service[1], set()).update(names)
    return found


def test_the_counters_that_are_listed_are_those_that_are_counted():
    code, page = counted(), listed()
    assert sorted(code) == ["dashboard", "intake", "notify"]
    assert {service: sorted(names - page.get(service, set())) for service, names in code.items()} == \
        dict.fromkeys(code, []), "docs/operator.md lacks them"
    assert {service: sorted(names - code.get(service, set())) for service, names in page.items()} == \
        dict.fromkeys(page, []), "no code counts them"


def test_no_sql_counts_past_the_code():
    writing = [path for path in files("services/**/sql/*.sql*", "common/sql/*.sql", "deploy/schema/*.sql")
               if re.search(r"(insert into|update|delete from) liaison\.counter\b", read(path))]
    assert writing == ["common/sql/counters.sql"]
