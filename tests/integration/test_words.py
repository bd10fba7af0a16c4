"""The texts for people are in common/words/en.json: each key that the code uses exists, and each existing key is used.
For the page, the compiler checks the former too (services/dashboard/web/src/lib/say.ts)."""

import glob
import json
import os
import re

import pytest

import liaison
from dashboard_support import openapi

NAMED_TYPES = {"ACTSHOOT", "BOMB", "FIGHT", "ROBBERY", "RUNAWAY", "SHOOT", "STABBING", "TRESPASS"}
NAMES = "message.name."
ROLES = {"principal", "assistant_principal", "vice_principal", "designee", "district", "school", "superintendent", "director",
         "safety_director", "counselor", "nurse", "secretary", "school_officer", "security"}
NOT_NAMED = ("child_protection", "sex_offence")  # messages call these a police call
KEY = r"[a-z_]+(?:\.[A-Za-z0-9_]+)+"


def read(path):
    with open(os.path.join(liaison.ROOT, path), encoding="utf-8") as file:
        return file.read()


def catalogue(language="en"):
    pairs = json.loads(read(f"common/words/{language}.json"), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs)), "a key stands there twice"
    return dict(pairs)


def sources(pattern):
    found = [os.path.relpath(path, liaison.ROOT)
             for path in glob.glob(os.path.join(liaison.ROOT, pattern), recursive=True)]
    assert found
    return {path: read(path) for path in found}


def page():
    return "\n".join(sources("services/dashboard/web/src/**/*.ts*").values())


def programs():
    """The C code that uses the catalogue, without its include lines."""
    using = [text for path, text in (sources("services/**/*.c") | sources("common/message/*.c")).items()
             if re.search(r'#include "(catalogue|message|message_private|notice|words)\.h"', text)]
    assert using
    return re.sub(r"(?m)^#include.*", "", "\n".join(using))


def codes_of_schema(name, *path):
    """The enum of a member in openapi.json; for an array, the enum of its items."""
    node = openapi()["components"]["schemas"][name]
    for step in path:
        node = node["properties"][step]
        node = node.get("items", node)
        if "$ref" in node:
            node = openapi()["components"]["schemas"][node["$ref"].split("/")[-1]]
    return {code for code in node["enum"] if code is not None}


@pytest.mark.parametrize("word, is_now, except_for", [
    ("doors?", "endpoint", {"docs/codes.md"}),  # there it is the door of a school
    ("own account", "stream digest, or records", set())])
def test_word_that_the_glossary_replaced_is_not_used(word, is_now, except_for):
    texts = {path: text for pattern in ("services/**/*.[ch]", "common/**/*.[ch]", "common/words/*.json", "docs/*.md",
                                        "services/dashboard/web/src/**/*.ts*", "tests/integration/*.py")
             for path, text in sources(pattern).items() if path not in except_for | {"tests/integration/test_words.py"}}
    used = [path for path, text in texts.items() if re.search(rf"(?i)(?<![a-z]){word}(?![a-z])", text)]
    assert not used, f"the glossary says {is_now}"



def test_a_call_without_a_name_has_one_in_the_catalogue_and_no_page_has_another():
    for language in ("en", "es"):
        words = catalogue(language)
        same = [key for key, text in words.items() if text.lower() in (words["message.other"], "other call")]
        assert same == ["message.other"]
    assert catalogue()["message.other"] == "other police call"
    assert not re.findall(r"\?\? *(?:className\(|[\w.]*type\.own)", page()), "whatOf() in words.ts says what a call is"


@pytest.mark.parametrize("word, is_now", [
    ("exercise", "drill"), ("incident numbers?", "call number"), ("no longer have it", "give it back"),
    ("late word", "told late"), ("delivery attempts?", "try")])
def test_readers_read_the_word_of_the_glossary(word, is_now):
    texts = {**catalogue(), "pages": page(), "docs/glossary.md": read("docs/glossary.md")}
    used = [key for key, text in texts.items() if re.search(rf"(?i)\b{word}\b", text)]
    assert not used, f"the glossary says {is_now}"


def test_the_documents_count_the_calls_of_a_summary_as_messages_do():
    part, told = catalogue()["message.summary.part"], re.findall(r"not told one by one: (.*?), other", read("docs/notify.md"))
    assert told == [part.format(what="violence", n=9)]


def codes_of_table(name):
    return set(re.findall(r"(?m)^ *\('(\w+)', '", read("deploy/schema/0007_codes.sql").split(f"insert into code.{name} ")[1]
                          .split(";")[0]))


def alarm_checks():
    """What notify.health() checks, but for alarms themselves; and the roster."""
    health = re.search(r"unnest\(array\[(.*?)\]", read("deploy/schema/r_watch.sql"), re.S)[1]
    return set(re.findall(r"'(\w+)'", health)) - {"alarm"} | {"roster"}


def groups():
    """{key: the codes that the code appends to it}"""
    return {
        "alarm.channel": {"email", "sms", "webhook"},
        "alarm.do": alarm_checks() | {"too_few"},
        "alarm.gone": {"agency", "channel", "due", "provider", "tried"},  # these have a row while they are ok
        "alarm.lane": {"0", "1", "2", "3"},
        "alarm.means": alarm_checks() | {"too_few"},
        "alarm.over": alarm_checks() - {"roster", "skipped"},  # these are told once
        "alarm.state": {"failed", "expired", "unknown"},
        "alarm.wrong": alarm_checks() | {"too_few"},
        "alerts_failing": codes_of_schema("Now", "alerts_failing", "check"),
        "agency.state": codes_of_schema("Agency", "state"),
        "ask.method": codes_of_schema("Review", "schools", "method"),
        "channel": codes_of_schema("Delivery", "channel"),
        "delivery.kind": codes_of_schema("Delivery", "kind"),
        "delivery.state": codes_of_schema("DeliveryState"),
        "delivery.why": codes_of_schema("Delivery", "why"),
        "held": codes_of_schema("CallHeld", "why") - {"folded"},
        "held.told": codes_of_schema("CallHeld", "why") - {"folded"},
        "hold": {"nobody", "some", "somebody", "held", "untold"},
        "left_out": codes_of_schema("CallDetail", "left_out"),
        "level": codes_of_schema("School", "level"),
        "link": codes_of_schema("Ack", "call") - {"open"},
        "message.bare.class": codes_of_table("class") - {"other", *NOT_NAMED},
        "message.bare.type": NAMED_TYPES,
        "message.class": codes_of_table("class") - {"other", *NOT_NAMED},
        "message.method": codes_of_schema("PlacedSchool", "method"),
        "message.correction": {"cancelled", "elsewhere", "merged", "error", "stands"},
        "message.name.class": set(), "message.name.type": set(), "message.name.disposition": set(),
        "message.relation": {"transport", "elsewhere"},
        "message.role": ROLES,
        "message.type": NAMED_TYPES,
        "message.units": {f"{state}.{number}" for state in ("assigned", "dispatched", "en_route", "on_scene", "clear")
                          for number in ("one", "other")},
        "method": codes_of_schema("PlacedSchool", "method"),
        "reply": {"acknowledged", "alarm", "drill", "yours", "late", "too_late", "which", "no_such", "unclear", "none", "stopped",
                  "started", "help"},
        "reply_about": {"alert", "alarm", "drill", "summary"},
        "reply_choice": {"alert", "alarm", "drill", "summary"},
        "relation": codes_of_schema("PlacedSchool", "relation"),
        "said.kind": codes_of_schema("Said", "kind") - {"handed_over"},
        "sensitivity": codes_of_schema("Call", "sensitivity") - {"open"},
        "status": codes_of_schema("Call", "status") | {"nobody", "somebody"},
        "time.days_ago": {"one", "other"},
        "number": {str(n) for n in range(1, 11)},
        "now.unit": {"one", "other"},
        "now.silent": {"one", "other"},
        "timeline": codes_of_schema("TimelineRetyped", "kind") | codes_of_schema("TimelineCall", "kind")
                    | codes_of_schema("TimelinePlaceAsked", "kind"),
        "timeline.about": codes_of_schema("TimelineDelivery", "message") - {"first"},
        "timeline.first": codes_of_schema("TimelineUnit", "kind"),
        "timeline.message": codes_of_schema("TimelineDelivery", "channel"),
        "timeline.placed": codes_of_schema("TimelinePlaced", "answer") - {"at"},
        "timeline.received": codes_of_schema("TimelineReceived", "via"),
        "timeline.source": {"dispatch", "alert", "person"},
        "timeline.state": codes_of_schema("TimelineDelivery", "kind"),
        "timeline.unit": codes_of_schema("TimelineUnit", "kind") | codes_of_schema("TimelineUnitOther", "kind"),
        "unit.role": codes_of_schema("Unit", "role"),
        "unit.status": codes_of_schema("Unit", "status"),
        "units": codes_of_schema("Unit", "status") - {"clear"},
    }


def appended():
    """The keys to which the code appends a code."""
    return set(re.findall(r"`([a-z_.]+)\.\$\{", page())) - {"count"} | \
        by_programs()


def by_programs():
    return set(re.findall(r'(?:catalogue_code|words_name_of)\(\s*[^",]+,\s*"([a-z_.]+)"', programs())) | \
        set(re.findall(r'"([a-z_.]+)\.%s', programs()))


def used():
    counted = set(re.findall(r"\bcount\('(\w+)'", page()))
    literal = set(re.findall(rf"say\(\s*'([a-z_.]+)'", page())) | set(re.findall(rf"'({KEY})'", page())) | \
        set(re.findall(rf'"({KEY})"', programs()))
    return {key for key in literal if key.split(".")[0] in {known.split(".")[0] for known in catalogue()}} | \
        {f"count.{name}.{number}" for name in counted for number in ("one", "other")} | \
        {f"{group}.{code}" for group in appended() for code in groups()[group]}


def test_each_word_that_the_code_uses_is_in_the_catalogue_and_no_other_is():
    assert appended() == set(groups())
    missing, idle = used() - set(catalogue()) - set(groups()), set(catalogue()) - used()
    assert not missing, f"common/words/en.json lacks {sorted(missing)}"
    assert not idle, f"nothing uses {sorted(idle)} of common/words/en.json"


def used_by_messages():
    return {key for key in re.findall(rf'"({KEY})"', programs()) if key in catalogue()} | \
        {f"{group}.{code}" for group in by_programs() for code in groups()[group]}


@pytest.mark.parametrize("language", sorted({os.path.basename(path)[:-5] for path in sources("common/words/*.json")} - {"en"}))
def test_a_language_has_each_word_that_messages_use_with_the_same_placeholders(language):
    english, words = catalogue(), catalogue(language)
    names = {key for key in words if key.startswith(NAMES)}  # in English they stand in the database
    missing, idle = used_by_messages() - set(words), set(words) - names - used_by_messages()
    assert not missing, f"common/words/{language}.json lacks {sorted(missing)}"
    assert not idle, f"messages use none of {sorted(idle)} of common/words/{language}.json"
    for key in set(words) - names:
        assert slots(words[key]) == slots(english[key]), key


def slots(text):
    return sorted(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("kind", ["class", "type", "disposition"])
def test_what_the_database_names_in_english_has_a_name_in_spanish(kind):
    names = {key.rsplit(".", 1)[1] for key in catalogue("es") if key.startswith(NAMES + kind)}
    assert names == codes_of_table(kind) - withheld(kind)


def withheld(kind):
    """The codes of which no message says the name: they are restricted or sealed."""
    if kind != "type":
        return {"class": set(NOT_NAMED), "disposition": set()}[kind]
    rows = re.findall(r"(?m)^ *\('(\w+)', '[^']*', '\w+', '(\w+)'", read("deploy/schema/0007_codes.sql"))
    return {code for code, sensitivity in rows if sensitivity != "open"}


def test_a_type_that_a_message_names_is_a_common_type():
    assert groups()["message.type"] <= codes_of_table("type")


def test_one_and_many_of_a_thing_stand_beside_each_other():
    words = catalogue()
    for key in words:
        if key.endswith(".one"):
            assert key[:-len("one")] + "other" in words, key
            assert set(re.findall(r"\{\w+\}", words[key])) == set(re.findall(r"\{\w+\}", words[key[:-3] + "other"])), key
