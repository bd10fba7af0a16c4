"""What the dashboard shows: lists, figures, rights. Every answer is validated against openapi.json."""

import datetime
import itertools
import re

import pytest

import liaison
from dashboard_support import Dashboard, Town, openapi, visible_to

pytestmark = pytest.mark.needs("liaison-dashboard")


@pytest.fixture(scope="module")
def town(module_pg):
    return Town(module_pg)


@pytest.fixture(scope="module")
def dashboard(town, tmp_path_factory):
    made = Dashboard(tmp_path_factory.mktemp("dashboard"), town.db)
    yield made.start()
    made.close()


@pytest.fixture(scope="module")
def director(dashboard):
    return dashboard.api("director@riverside")


@pytest.fixture(scope="module")
def principal(dashboard):
    return dashboard.api("principal@north")


LISTED = ("district_id = %s and not elsewhere and merged_into is null and not entered_in_error "
          "and status <> 'cancelled'")


def test_the_list_holds_what_sql_holds(town, director):
    items, total = director.pages(limit=37)
    wanted = town.db.rows(f"select incident_no from district.incident where {LISTED}",
                          town.district.id)
    assert total == len(items) == len(wanted)
    assert {i["incident"] for i in items} == {w[0] for w in wanted}


@pytest.mark.parametrize("sort", ["opened_at", "updated_at", "school", "class", "type", "priority",
                                  "status", "disposition"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_every_order_pages_through_all_calls_once(director, sort, direction):
    items, total = director.pages(sort=sort, dir=direction, limit=50)
    keys = [(i["agency"], i["incident"]) for i in items]
    assert len(set(keys)) == total
    key = {"opened_at": lambda i: i["opened_at"], "priority": lambda i: i["priority"]["common"],
           "type": lambda i: i["type"]["name"] or i["type"]["own"]}.get(sort)
    if key:
        values = [key(i) for i in items]
        known = [v for v in values if v is not None]
        assert known == sorted(known, reverse=direction == "desc")
        assert values[:len(known)] == known, "nothing recorded comes last"


def test_a_cursor_of_another_question_is_refused(director, principal):
    cursor = director.get("/api/v1/calls", limit=5)["next"]
    assert director.get("/api/v1/calls", limit=5, cursor=cursor)["items"]
    assert director.refused("/api/v1/calls", limit=5, cursor=cursor, sort="school")[2] == "cursor"
    assert director.refused("/api/v1/calls", limit=5, cursor=cursor + "A")[2] == "cursor"
    assert principal.refused("/api/v1/calls", limit=5, cursor=cursor)[2] == "cursor"


HOSTILE = ["' or 1=1 --", "'; drop table district.incident; --", "\\", "%", "_", "\"", "$1", "{1,2}",
           "1) or (1=1", "é" * 40, "\U0001F600", "null", "<script>"]


def test_hostile_filters_change_nothing_and_find_nothing(town, director):
    before = town.db.one("select count(*) from district.incident")
    for text in HOSTILE:
        assert director.get("/api/v1/calls", q=text)["total"] == 0, text
        for name in ("type", "disposition"):
            assert director.get("/api/v1/calls", **{name: text[:40]})["total"] == 0
            assert director.get("/api/v1/outcomes", **{name: text[:40]})["total"] == 0
        for name in ("school", "from", "to", "month", "status", "hours", "class", "agency", "sort",
                     "dir", "limit"):
            if (name, text) in (("class", "null"), ("class", "_"), ("agency", "null")):
                continue  # a word like any other
            status, code, field = director.refused("/api/v1/calls", **{name: text})
            assert (status, code, field) == (400, "bad_value", name), text
        director.refused("/api/v1/calls", cursor=text)
    assert town.db.one("select count(*) from district.incident") == before


def test_every_word_of_a_search_is_found_in_any_order_and_column(town, director, principal):
    """Words may stand in the number, the address, the place, the school's name and the type."""
    for number, school, more in (("WORDS-1", town.north, {"address": "12 Elm St", "place_name": "Gym 100%_a"}),
                                 ("WORDS-2", town.south, {"address": "12 Elm St", "type_code": "ALMA"}),
                                 ("WORDS-3", town.north, {"address": "9 Oak Av", "type_code": "DVA"})):
        town.incident(number, school, **more)
    found = lambda q, api=director: sorted(i["incident"] for i in api.get("/api/v1/calls", q=f"words- {q}")["items"])
    try:
        assert found("elm 12") == ["WORDS-1", "WORDS-2"]
        for together in ("fight elm high", "High  ELM fight", " north 12 fIGHT gym words-1 "):
            assert found(together) == ["WORDS-1"], together
        assert found("elm audible middle") == ["WORDS-2"]
        assert found("fight elm middle") == [], "one word that is not there is one too many"
        for literal in ("100%", "%_a", "0%_"):
            assert found(literal) == ["WORDS-1"], literal
        for wild in ("e%m", "el_", "\\d", ".*", "elm' or '1'='1"):
            assert found(wild) == [], wild
        assert found(" ".join("elm" for _ in range(18))) == ["WORDS-1", "WORDS-2"]
        assert found("oak") == ["WORDS-3"] == found("domestic oak")
        assert found("oak", principal) == ["WORDS-3"] and found("domestic oak", principal) == []
        assert director.refused("/api/v1/calls", q="a " * 41)[:2] == (400, "bad_value")
    finally:
        town.db.execute("delete from district.incident_school where incident_no like %s", "WORDS-%")
        town.db.execute("delete from district.incident where incident_no like %s", "WORDS-%")


def test_an_unknown_or_doubled_parameter_is_named(director):
    assert director.refused("/api/v1/calls", shcool=1) == (400, "bad_request", "shcool")
    assert director.refused("/api/v1/outcomes?sort=school") == (400, "bad_request", "sort")
    assert director.refused("/api/v1/calls?q=a&q=b") == (400, "bad_value", "q")
    assert director.refused("/api/v1/calls?from=2026-05-02&to=2026-05-01")[2] == "to"
    assert director.raw("GET", "/api/v1/calls?q=%ff", headers={"Cookie": director.cookie}
                        ).status == 400
    for query in ("q=" + "x" * 600, "&".join(f"p{i}=1" for i in range(40))):
        assert director.raw("GET", "/api/v1/calls?" + query, headers={"Cookie": director.cookie}).status == 400, query
    # The server does not read all of a body that is too long: it answers, or closes, before that.
    try:
        assert director.raw("GET", "/" + "x" * 20000).status == 414
    except ConnectionError:
        pass
    director.get("/api/v1/session")


def test_filters_agree_with_sql(town, director):
    zone = "(opened_at at time zone 'America/New_York')"
    bucket = ("case when disposition_code is not null then disposition_code "
              "when dispositions is null then 'none' else 'unmapped' end")
    for query, condition in (
            ({"from": "2025-12-01", "to": "2025-12-31"},
             f"{zone}::date between '2025-12-01' and '2025-12-31'"),
            ({"month": "2026-03"}, f"to_char({zone}, 'YYYY-MM') = '2026-03'"),
            ({"school": town.south}, f"school_id = {town.south}"),
            ({"class": "violence"}, "class = 'violence'"),
            ({"type": "FIGHT"}, "type_code = 'FIGHT'"),
            ({"type": "unmapped"}, "type_code is null"),
            ({"disposition": "none"}, f"{bucket} = 'none'"),
            ({"disposition": "unmapped"}, f"{bucket} = 'unmapped'"),
            ({"agency": "fire"}, f"agency_id = {town.fire.id}"),
            ({"status": "closed"}, "status = 'closed'"),
            ({"hours": "school"}, f"extract(isodow from {zone}) < 6 and {zone}::time >= '07:30' "
                                  f"and {zone}::time < '15:30'"),
            ({"q": "y-00"}, "incident_no like 'Y-00%%'"),
            ({"q": "ÉAST"}, f"school_id = {town.east}"),
            ({"counted": "true"}, "mode <> 'replay'")):
        wanted = town.db.one(f"select count(*) from district.incident where {LISTED} and {condition}",
                             town.district.id)
        assert 0 < wanted < 200
        assert director.get("/api/v1/calls", **query)["total"] == wanted, query


def test_both_parts_of_hours_make_the_whole(director):
    parts = [director.get("/api/v1/calls", hours=h)["total"] for h in ("school", "outside")]
    assert sum(parts) == director.get("/api/v1/calls")["total"]


def test_cancelled_calls_are_listed_when_asked_for(town, director):
    wanted = town.db.one("select count(*) from district.incident where district_id = %s "
                         "and status = 'cancelled' and not elsewhere and merged_into is null",
                         town.district.id)
    items, total = director.pages(status="cancelled")
    assert total == wanted > 0
    assert {i["status"] for i in items} == {"cancelled"}


@pytest.mark.parametrize("who", ["director@riverside", "principal@north", "both@riverside"])
@pytest.mark.parametrize("extra", [{}, {"from": "2025-10-01", "to": "2026-02-28"},
                                   {"hours": "school"}, {"class": "violence"}],
                         ids=lambda e: "-".join(e) or "all")
def test_every_figure_equals_the_list_behind_it(dashboard, who, extra):
    api = dashboard.api(who)
    figures = api.get("/api/v1/outcomes", **extra)

    def listed(**query):
        return api.get("/api/v1/calls", counted="true", limit=1, **{**extra, **query})["total"]

    assert figures["total"] == listed() > 0
    assert figures["complete"] == figures["total"] - listed(disposition="none")
    for group, names in (("by_school", lambda r: {"school": r["school"]["id"]}),
                         ("by_class", lambda r: {"class": r["class"]}),
                         ("by_type", lambda r: {"type": r["type"], "class": r["class"]}),
                         ("by_month", lambda r: {"month": r["month"]})):
        assert sum(r["total"] for r in figures[group]) == figures["total"]
        for row in figures[group]:
            assert row["total"] == sum(row["outcomes"].values())
            assert row["total"] == listed(**names(row)), (group, row)
            for code, n in itertools.islice(row["outcomes"].items(), 3):
                assert n == listed(disposition=code, **names(row)), (group, row, code)
    assert sum(r["total"] for r in figures["by_class_month"]) == figures["total"]
    for row in figures["by_class_month"]:
        assert row["total"] == listed(**{"class": row["class"], "month": row["month"]})
    for row in figures["outcomes"]:
        assert row["total"] == listed(disposition=row["code"])
    assert sum(r["total"] for r in figures["outcomes"]) == figures["total"]


def test_figures_of_nothing_are_zero_and_empty(director):
    figures = director.get("/api/v1/outcomes", **{"from": "2001-01-01", "to": "2001-01-02"})
    assert (figures["total"], figures["complete"], figures["first_at"]) == (0, 0, None)
    assert figures["by_school"] == figures["by_month"] == figures["outcomes"] == []


def test_replayed_calls_are_listed_and_not_counted(town, director):
    replayed = town.db.one(f"select count(*) from district.incident where {LISTED} "
                           "and mode = 'replay'", town.district.id)
    assert replayed > 0
    assert director.get("/api/v1/calls")["total"] - replayed == \
        director.get("/api/v1/outcomes")["total"]


def test_a_school_sees_what_concerns_it_and_nothing_sealed(town, principal):
    items, total = principal.pages()
    wanted = town.db.rows(
        f"select incident_no from district.incident i where {LISTED} and sensitivity <> 'sealed' "
        "and exists (select 1 from district.incident_school s where s.incident_no = i.incident_no "
        "and s.agency_id = i.agency_id and s.school_id = %s)", town.district.id, town.north)
    assert {i["incident"] for i in items} == {w[0] for w in wanted} and total == len(wanted)
    assert items and all(visible_to(i, town.north) and i["sensitivity"] != "sealed" for i in items)
    assert [s["id"] for s in principal.get("/api/v1/schools")["schools"]] == [town.north]
    assert [s["id"] for s in principal.get("/api/v1/now")["schools"]] == [town.north]


def test_a_school_learns_the_class_of_a_restricted_call_but_not_its_type(town, director, principal):
    mine, _ = principal.pages()
    restricted = [i for i in mine if i["sensitivity"] == "restricted"]
    assert restricted
    for item in restricted:
        assert item["class"] == "violence"
        assert item["type"] == {"own": None, "code": None, "name": None}
        path = f"/api/v1/calls/{item['agency']}/{item['incident']}"
        assert principal.get(path)["call"]["type"]["name"] is None
        assert director.get(path)["call"]["type"]["code"] == "DVA"
    assert principal.get("/api/v1/calls", type="DVA")["total"] == 0
    for text in ("domestic", "DVA"):
        assert principal.get("/api/v1/calls", q=text)["total"] == 0, "search tells the type"
    assert "DVA" not in [r["type"] for r in principal.get("/api/v1/outcomes")["by_type"]]
    assert director.get("/api/v1/calls", q="domestic")["total"] > 0


def test_what_a_person_may_not_see_is_not_found(town, dashboard, principal):
    sealed = town.db.one("select incident_no from district.incident where sensitivity = 'sealed' "
                         "and agency_id = %s and school_id = %s", town.metro.id, town.north)
    elsewhere = town.db.one(
        "select incident_no from district.incident i where agency_id = %s and not exists (select 1 "
        "from district.incident_school s where s.incident_no = i.incident_no and s.school_id = %s) "
        "and school_id <> %s", town.metro.id, town.north, town.north)
    for number in (sealed, elsewhere, "no-such-call"):
        assert principal.refused(f"/api/v1/calls/metro/{number}")[:2] == (404, "not_found")
        answer = principal.call("POST", f"/api/v1/calls/metro/{number}/acknowledge")
        assert answer.status == 404
    assert dashboard.api("director@riverside").get(f"/api/v1/calls/metro/{sealed}")


def test_another_district_sees_nothing_of_it(town, dashboard):
    olga = dashboard.api("director@otherland")
    assert olga.get("/api/v1/calls")["total"] == 0
    assert olga.get("/api/v1/outcomes")["total"] == 0
    assert [s["id"] for s in olga.get("/api/v1/schools")["schools"]] == [town.far]
    assert olga.refused("/api/v1/calls/metro/Y-0001")[0] == 404
    assert olga.get("/api/v1/calls", school=town.north)["total"] == 0
    now = olga.get("/api/v1/now")
    assert now["agencies"] == [], "agencies whose calls are another district's are not named"
    assert (now["open_calls"], now["open_schools"], now["quiet_since"]) == (0, 0, None)


def test_nobody_sees_anything_without_a_session(dashboard):
    for path in ("/api/v1/session", "/api/v1/now", "/api/v1/calls", "/api/v1/calls/metro/Y-0001",
                 "/api/v1/outcomes", "/api/v1/schools", "/api/v1/codes", "/api/v1/stream"):
        for cookie in (None, "liaison_session=" + "A" * 43, "liaison_session=x", "x=y;;"):
            api = dashboard.api()
            api.cookie = cookie
            assert api.refused(path)[:2] == (401, "unauthorized"), (path, cookie)


def test_the_public_page_shows_only_what_reaches_the_threshold(town, dashboard):
    public = dashboard.api().get("/api/v1/public/riverside")
    counts = dict(town.db.rows(
        "select class, count(*) from district.incident where district_id = %s and mode <> 'replay' "
        "and not entered_in_error and not elsewhere and merged_into is null and sensitivity <> "
        "'sealed' and (opened_at at time zone 'America/New_York')::date between '2025-08-01' and "
        "'2026-07-31' group by class", town.district.id))
    assert public["year"]["school_year"] == "2025–26" and public["year"]["threshold"] == 10
    assert {p["class"]: p["calls"] for p in public["published"]} == \
        {c: n for c, n in counts.items() if n >= 10}
    assert "child_protection" in [w["class"] for w in public["withheld"]]
    assert dashboard.api().refused("/api/v1/public/nowhere")[:2] == (404, "not_found")
    empty = dashboard.api().get("/api/v1/public/otherland")
    assert empty["year"] is None and empty["published"] == empty["withheld"] == []


def test_the_public_role_can_read_nothing_else(town):
    import psycopg2
    for table in ("district.incident", "people.person", "notify.alert", "district.school",
                  "agency.agency"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            town.db.rows(f"select 1 from {table}", role="public")


def test_the_api_is_the_one_that_openapi_describes(dashboard):
    served = dashboard.api().raw("GET", "/openapi.json")
    assert served.status == 200 and served.json == openapi()
    for pattern, operations in openapi()["paths"].items():
        path = pattern.format(agency="metro", incident="X", token="t" * 20, district="riverside",
                              secret="s" * 32, alert=1)
        for method in ("GET", "POST", "DELETE"):
            answer = dashboard.api().raw(method, path, headers={"Content-Length": "0"})
            if method.lower() in operations:
                assert answer.status not in (404, 405) or re.search("ack|confirm|hooks", path), (method, path)
            elif not (method == "GET" and path.endswith("/acknowledge")):  # a call's number may end like that
                assert answer.status == 405 and answer.headers["Allow"], (method, path)


def test_unknown_addresses_and_methods_have_an_answer_too(dashboard):
    api = dashboard.api()
    for method, path, status in (("GET", "/api/v1/nothing", 404), ("GET", "/etc/passwd", 404),
                                 ("GET", "/../../etc/passwd", 404), ("PUT", "/api/v1/now", 405),
                                 ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
                                 ("DELETE", "/", 404), ("PATCH", "/api/v1/session", 405)):
        answer = api.raw(method, path, headers={"Content-Length": "0"})
        assert answer.status == status, (method, path, answer.status)
        assert answer.error["code"] in ("not_found", "method_not_allowed")


def test_names_in_lists_are_those_of_the_codes(director):
    codes = director.get("/api/v1/codes")
    assert [c["rank"] for c in codes["classes"]] == sorted(c["rank"] for c in codes["classes"])
    assert "ALIEN" not in [t["code"] for t in codes["types"]], "withheld codes are not offered"
    names = {c["code"]: c["name"] for c in codes["dispositions"]}
    found = [d for item in director.get("/api/v1/calls", limit=200)["items"] for d in item["dispositions"]]
    assert {names.get(d["code"]) for d in found} > {None}, "some with a code, some without"
    assert [d for d in found if d["name"] != names.get(d["code"])] == []


def test_days_are_the_districts_own_across_clock_changes(town, director):
    """2026-03-08 has 23 hours in New York; a call at 04:30 UTC of the 9th counts for the 9th, 00:30."""
    for number, opened in (("DST-1", "'2026-03-08 04:59Z'"), ("DST-2", "'2026-03-08 05:00Z'"),
                           ("DST-3", "'2026-03-09 03:59Z'"), ("DST-4", "'2026-03-09 04:00Z'")):
        town.incident(number, town.east, f"{opened}::timestamptz")
    try:
        got = {i["incident"] for i in director.get("/api/v1/calls", q="DST-", **{
            "from": "2026-03-08", "to": "2026-03-08"})["items"]}
        assert got == {"DST-2", "DST-3"}
    finally:
        town.db.execute("delete from district.incident where incident_no like 'DST-%'")


def test_figures_come_fast_enough_to_look_at(director):
    begun = datetime.datetime.now()
    for _ in range(20):
        director.get("/api/v1/outcomes")
    assert (datetime.datetime.now() - begun).total_seconds() < 10 * liaison.PATIENCE
