"""The words for people stand in common/words/en.json: each key that the code uses exists, and each that exists is used. Of
the page, the compiler says the former, too (services/dashboard/web/src/lib/say.ts)."""

import glob
import json
import os
import re

import liaison
from dashboard_support import openapi

NOT_NAMED = ("child_protection", "sex_offence")  # a message calls these a police call
KEY = r"[a-z_]+(?:\.[A-Za-z0-9_]+)+"


def read(path):
    with open(os.path.join(liaison.ROOT, path), encoding="utf-8") as file:
        return file.read()


def catalogue():
    pairs = json.loads(read("common/words/en.json"), object_pairs_hook=list)
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
    """The C that uses the catalogue, without what it includes."""
    using = [text for path, text in sources("services/**/*.c").items() if '#include "catalogue.h"' in text]
    assert using
    return re.sub(r"(?m)^#include.*", "", "\n".join(using))


def codes_of_schema(name, *path):
    """The closed list of openapi.json at a member: of a list, of its items."""
    node = openapi()["components"]["schemas"][name]
    for step in path:
        node = node["properties"][step]
        node = node.get("items", node)
        if "$ref" in node:
            node = openapi()["components"]["schemas"][node["$ref"].split("/")[-1]]
    return {code for code in node["enum"] if code is not None}


def codes_of_table(name):
    return set(re.findall(r"(?m)^ *\('(\w+)', '", read("deploy/schema/0007_codes.sql").split(f"insert into code.{name} ")[1]
                          .split(";")[0]))


def groups():
    """The codes that the code appends to a key, for each key that it appends one to."""
    return {
        "agency.state": codes_of_schema("Agency", "state"),
        "ask.method": codes_of_schema("Review", "schools", "method"),
        "channel": codes_of_schema("Delivery", "channel"),
        "delivery.kind": codes_of_schema("Delivery", "kind"),
        "delivery.state": codes_of_schema("DeliveryState"),
        "delivery.why": codes_of_schema("Delivery", "why"),
        "hold": {"nobody", "somebody", "untold"},
        "left_out": codes_of_schema("CallDetail", "left_out"),
        "level": codes_of_schema("School", "level"),
        "link": codes_of_schema("Ack", "call") - {"open"},
        "message.class": codes_of_table("class") - {"other", *NOT_NAMED},
        "message.method": codes_of_schema("PlacedSchool", "method"),
        "message.relation": {"transport", "elsewhere"},
        "message.type": {"ACTSHOOT", "BOMB", "FIGHT", "ROBBERY", "RUNAWAY", "SHOOT", "STABBING", "TRESPASS"},
        "method": codes_of_schema("PlacedSchool", "method"),
        "reply": {"acknowledged", "which", "late", "none", "stopped", "started", "help"},
        "relation": codes_of_schema("PlacedSchool", "relation"),
        "sensitivity": codes_of_schema("Call", "sensitivity") - {"open"},
        "status": codes_of_schema("Call", "status") | {"nobody", "somebody"},
        "time.days_ago": {"one", "other"},
        "number": {str(n) for n in range(1, 11)},
        "now.coming": {"one", "other"},
        "now.silent": {"one", "other"},
        "now.there": {"one", "other"},
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
    }


def appended():
    """The keys to which the code appends a code."""
    return set(re.findall(r"`([a-z_.]+)\.\$\{", page())) - {"count"} | \
        set(re.findall(r'catalogue_code\("([a-z_.]+)"', programs()))


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


def test_a_type_that_a_message_names_is_a_common_type():
    assert groups()["message.type"] <= codes_of_table("type")


def test_one_and_many_of_a_thing_stand_beside_each_other():
    words = catalogue()
    for key in words:
        if key.endswith(".one"):
            assert key[:-len("one")] + "other" in words, key
            assert set(re.findall(r"\{\w+\}", words[key])) == set(re.findall(r"\{\w+\}", words[key[:-3] + "other"])), key
