"""liaisonctl and values that cannot be: each is refused by an error that names the field and the reason, in the words
of the program. What PostgreSQL says of a value is for nobody who types it."""

import csv
import io
import re

import pytest

import ctl_support
from notify_support import fresh_town

pytestmark = pytest.mark.needs("liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)

# "a value" is what sql.c says of a field that it does not know.
RAW = re.compile(r"PostgreSQL|SQLSTATE|constraint|violates|input syntax|\b(22|23|42)[0-9A-Z]{3}\b|^(line \d+: )?a value: ", re.M)
# Words, numbers and times that are too much or nothing.
ABSURD = ["", ";", "0", "-1", "1.5", "99999999999999999999", "2147483648", "NaN", "24:00", "0001-01-01", "9999-12-31", "2026-02-30",
          "22:00", "\\", "x" * 5000, "😀", "\t"]

RULE = {"name": "all", "active": "yes", "rank": "5", "stops": "no", "schools": "NORTH", "relations": "at", "within_m": "10",
        "classes": "violence", "types": "FIGHT", "dispositions": "", "min_priority": "1", "hours": "any", "weekdays": "mon",
        "channels": "email", "sealed": "no", "escalate_s": "300", "max_age_s": "600", "again_priority": "9", "acks": "1",
        "frequency": "update", "quiet_from": "22:00", "quiet_to": "06:00", "quiet_priority": "9"}
CONTACT = {"code": "P", "name": "Pat", "role": "principal", "email": "p@riverside.example", "phone": "+15550100001", "step": "1",
           "sealed": "no", "schools": "NORTH", "active": "yes", "language": "en", "quiet_from": "22:00", "quiet_to": "06:00",
           "quiet_priority": "9", "alarms": "no"}
DAY = {"day": "2026-12-01", "last_day": "2026-12-02", "kind": "early", "ends": "12:15", "school": "NORTH"}
BELL = {"school": "NORTH", "from": "08:10", "to": "15:10", "weekday": "mon"}
SCHOOL = {"code": "EAST", "name": "East High", "level": "high", "address": "1 MAIN ST", "latitude": "40.1", "longitude": "-75.1",
          "radius_m": "150", "feeder": "East"}
FEEDER = {"feeder": "East", "school": "NORTH", "from_day": "2026-01-01", "to_day": "2026-12-31"}
ALIAS = {"school": "NORTH", "kind": "name", "alias": "NORTH HIGH SCHOOL"}
FILES = {"rule import": RULE, "contact import": CONTACT, "calendar import": DAY, "calendar bells": BELL, "school import": SCHOOL,
         "feeder import": FEEDER, "school alias": ALIAS}

DISTRICT = ["--name", "Riverside", "--zone", "America/Chicago", "--hours-start", "07:30", "--hours-end", "15:30",
            "--year-start-month", "8", "--public-threshold", "10", "--review-s", "180", "--alert-budget", "30",
            "--alert-budget-s", "600", "--storm-every-s", "180", "--digest-at", "16:00", "--language", "en", "--clock", "24"]
COMMANDS = [
    ["district", "add", "riverside", *DISTRICT],
    ["district", "set", "riverside", *DISTRICT],
    ["district", "publish", "riverside"],
    ["agency", "add", "county", "--name", "County", "--kind", "police", "--zone", "America/Chicago", "--priority-top", "low",
     "--quiet-after", "900", "--label", "first"],
    ["agency", "set", "metro", "--name", "Metro", "--kind", "police", "--zone", "America/Chicago", "--quiet-after", "900"],
    ["agency", "limit", "metro", "--connections", "4", "--octets", "1000", "--records", "100"],
    ["agency", "rotate", "metro", "--public-key", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "--label", "l"],
    ["agency", "revoke", "metro"],
    ["drill", "start", "riverside", "NORTH", "--by", "Ann", "--channels", "email"],
    ["drill", "show", "riverside", "1"],
    ["contact", "absent", "riverside", "P", "--from", "2090-12-01", "--to", "2090-12-02", "--substitute", "Q"],
    ["contact", "back", "riverside", "P", "--from", "2090-12-01"],
    ["contact", "absences", "riverside"],
    ["contact", "list", "riverside"],
    ["rule", "list", "riverside"],
    ["rule", "history", "riverside", "all"],
    ["rule", "remove", "riverside", "none"],
    ["rule", "try", "riverside", "--from", "2026-01-01", "--to", "2026-01-02", "--without", "all"],
    ["calendar", "list", "riverside"],
    ["school", "forget", "riverside", "name", "NORTH"],
    ["school", "aliases", "riverside"],
    ["template", "set", "riverside", "message.sender", "Riverside", "--language", "en"],
    ["template", "remove", "riverside", "message.sender", "--language", "en"],
    ["template", "list", "riverside", "--language", "en"],
    ["template", "preview", "riverside", "--language", "en", "--channel", "sms", "--message", "first", "--key", "message.sender"],
    ["code", "common", "type"],
    ["code", "remap", "metro"],
    ["user", "disable", "nobody"],
    ["user", "enable", "nobody"],
    ["quarantine", "list", "--agency", "metro", "--state", "held", "--limit", "5"],
    ["quarantine", "show", "1"],
    ["quarantine", "replay", "1", "2"],
    ["quarantine", "discard", "1"],
    ["outcome", "list", "--agency", "metro", "--limit", "5"],
    ["outcome", "attach", "1", "I-1"],
    ["reconcile", "metro", "--day", "2026-11-23"],
    ["why", "metro", "I-1"],
    ["status", "--agency", "metro"],
    ["alert", "held", "riverside"],
    ["review", "list", "riverside"],
]


def people(town):
    town.district.contact("P", email="p@riverside.example")
    town.district.contact("Q", email="q@riverside.example")
    town.rule()


def complaint(done):
    """What is wrong with the answer; None: nothing is."""
    if done.returncode not in (0, 1, 2):
        return f"exit status {done.returncode}"
    if RAW.search(done.stderr):
        return done.stderr.strip()
    return None


def csv_of(row):
    text = io.StringIO()
    writer = csv.DictWriter(text, row)
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue()


def imported(ctl, tmp_path, command, row):
    path = tmp_path / "row.csv"
    path.write_text(csv_of(row), encoding="utf-8")
    return ctl.run(*command.split(), "riverside", str(path))


@pytest.mark.parametrize("command", FILES)
def test_no_value_of_a_file_is_refused_by_postgresql(town, ctl, tmp_path, command):
    people(town)
    row, found = FILES[command], []
    for column in row:
        for value in ABSURD:
            wrong = complaint(imported(ctl, tmp_path, command, {**row, column: value}))
            if wrong:
                found.append((column, value[:20], wrong))
    assert found == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_no_operand_and_no_option_is_refused_by_postgresql(town, ctl, command):
    people(town)
    words, found = 1 if command[0] in ("reconcile", "why", "status") else 2, []
    for at in range(words, len(command)):
        for value in ABSURD:
            if command[at].startswith("--"):
                continue
            wrong = complaint(ctl.run(*command[:at], value, *command[at + 1:]))
            if wrong:
                found.append((command[at - 1], value[:20], wrong))
    assert found == []


@pytest.mark.parametrize("command, change, complaint_of", [
    ("rule import", {"quiet_from": "22:00", "quiet_to": "22:00"}, "quiet_to: must differ from quiet_from"),
    ("contact import", {"quiet_from": "22:00", "quiet_to": "22:00"}, "quiet_to: must differ from quiet_from"),
    ("rule import", {"quiet_to": None}, "quiet_to: must be a column too"),
    ("contact import", {"quiet_from": None}, "quiet_from: must be a column too"),
    ("rule import", {"schools": ";"}, "schools: names none"),
    ("rule import", {"channels": " ; "}, "channels: names none"),
    ("calendar import", {"last_day": "9999-12-31"}, "last_day: must be within 400 days of day"),
])
def test_what_goes_not_together_is_named(town, ctl, tmp_path, command, change, complaint_of):
    people(town)
    row = {name: value for name, value in {**FILES[command], **change}.items() if value is not None}
    done = imported(ctl, tmp_path, command, row)
    assert done.returncode == 1 and complaint_of in done.stderr, done.stderr


@pytest.mark.parametrize("words, complaint_of", [
    (["drill", "start", "riverside", "NORTH", "--channels", ""], "--channels: names no channel"),
    (["contact", "absent", "riverside", "P", "--to", "2020-01-01"], "--to: is over already"),
    (["contact", "absent", "riverside", "P", "--from", "2020-01-01", "--to", "2020-01-05"], "--to: is over already"),
    (["rule", "try", "riverside", "--from", "2000-01-01", "--to", "9999-12-31"], "--to: must be within ten years of --from"),
])
def test_an_option_that_cannot_be_is_named(town, ctl, words, complaint_of):
    people(town)
    assert complaint_of in ctl.fails(*words)


@pytest.mark.parametrize("words", [
    ["district", "add", "lakeside", "--zone", "UTC", "--name"],
    ["agency", "add", "county", "--zone", "UTC", "--public-key", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "--name"],
    ["agency", "set", "metro", "--name"],
    ["user", "add", "dana", "--role", "district", "--district", "riverside", "--password-file", "-", "--name"],
    ["drill", "start", "riverside", "NORTH", "--by"]], ids=lambda words: " ".join(words[:2]))
def test_a_name_has_a_visible_character_and_no_control(town, ctl, words):
    people(town)
    for blank in ("", " ", "\u00a0\u200b"):
        assert f"{words[-1]}: must not be empty" in ctl.fails(*words, blank)
    assert f"{words[-1]}: must not hold controls of text direction" in ctl.fails(*words, "Ann\u202e")


def test_what_no_command_checks_is_told_by_the_column_that_refuses_it(town, ctl, tmp_path):
    """The net below the checks: a constraint of which the program knows nothing."""
    people(town)
    town.pg.execute("alter table notify.rule add constraint rule_rank_check2 check (rank <> 7)")
    town.pg.execute("alter table people.role add constraint role_title_check check (title <> 'principal') not valid")
    assert "rank_check2: is not what it may be" in imported(ctl, tmp_path, "rule import", {**RULE, "rank": "7"}).stderr
    assert "title: is not what it may be" in imported(ctl, tmp_path, "contact import", CONTACT).stderr
