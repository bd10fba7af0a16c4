"""Which contacts and logins are the same person, and what each role allows, as liaisonctl writes them."""

import psycopg2
import pytest

from ctl_support import fresh_ctl

pytestmark = pytest.mark.needs("liaisonctl")
ctl = pytest.fixture(name="ctl")(fresh_ctl)
NORTH, SOUTH = "north", "south"


@pytest.fixture(name="people")
def fresh_people(pg, ctl, tmp_path):
    """Two districts, each with a school LIN and one OAK."""
    class People:
        districts = {slug: pg.district(slug) for slug in (NORTH, SOUTH)}

        def contacts(self, district, *rows, columns="code,name,email,phone"):
            """Imports contacts: lines of CSV. Returns [added, changed, as before]."""
            file = tmp_path / "contacts.csv"
            file.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
            done = ctl.ok("contact", "import", district, str(file), json_out=True)
            return [done[key] for key in ("added", "changed", "same")]

        def user(self, login, name, *options, district=NORTH):
            ctl.ok("user", "add", login, "--name", name, "--role", "school" if options else "district",
                   "--district", district, *options, "--password-file", "-", stdin="a long enough password\n")

        def of_contact(self, code, district=NORTH):
            return pg.one("select person_id from people.role join district.district using (district_id) "
                          "where code = %s and slug = %s", code, district)

        def of_login(self, login):
            return pg.one("select person_id from people.credential where login = %s", login)

    made = People()
    for district in made.districts.values():
        for number, code in enumerate(("LIN", "OAK")):
            district.school(code, 40.0 + number, -75.0)
    return made


def test_one_name_and_one_address_are_one_person_in_every_district(people, pg):
    assert people.contacts(NORTH, "P,Pat Example,pat@north.example,") == [1, 0, 0]
    people.user("PAT@north.example", "Pat  example")
    assert people.contacts(SOUTH, "X,PAT EXAMPLE,Pat@North.example,+15550100001") == [1, 0, 0]
    assert people.of_contact("P") == people.of_contact("X", SOUTH) == people.of_login("pat@north.example")
    assert pg.one("select count(*) from people.person") == 1
    # Each contact is reached by the addresses of its own line.
    assert pg.rows("select code, email, phone from people.contact order by code") == [
        ("P", "Pat@North.example", None), ("X", "Pat@North.example", "+15550100001")]
    people.user("sam@north.example", "Sam Example")
    people.contacts(NORTH, "S,Sam Example,sam@north.example,")
    assert people.of_contact("S") == people.of_login("sam@north.example"), "also where the login came first"


@pytest.mark.parametrize("one, other", [
    ("Front Office,office@north.example,", "Pat Example,office@north.example,"),
    ("Pat Example,pat@north.example,", "Pat Example,pat@south.example,"),
    ("Pat Example,pat@north.example,+15550100001", "Pat Example,pat@north.example,+15550100002"),
    ("Pat Example,,+15550100001", "Pat Example,,+15550100001"), ("Pat Example,,", "Pat Example,,")],
    ids=["shared mailbox", "other address", "other telephone", "telephone alone", "nothing"])
def test_who_may_be_somebody_else_is_kept_apart(people, one, other):
    people.contacts(NORTH, f"A,{one}", f"B,{other}")
    assert people.of_contact("A") != people.of_contact("B")
    assert people.contacts(NORTH, f"A,{one}", f"B,{other}") == [0, 0, 2]


def test_a_login_of_another_name_or_a_second_login_is_another_person(people):
    people.contacts(NORTH, "P,Front Office,office@north.example,")
    people.user("office@north.example", "Pat Example")
    assert people.of_login("office@north.example") != people.of_contact("P")
    people.user("pat@north.example", "Pat Example")
    people.contacts(NORTH, "Q,Pat Example,pat@north.example,")
    people.contacts(NORTH, "Q,Pat Example,other@north.example,")
    people.user("other@north.example", "Pat Example")
    assert people.of_contact("Q") == people.of_login("pat@north.example") != people.of_login("other@north.example")


def test_a_contact_that_somebody_takes_over_leaves_the_login_of_the_former_one_alone(people, pg):
    people.contacts(NORTH, "PRINCIPAL,Pat Example,pat@north.example,+15550100001")
    people.user("pat@north.example", "Pat Example")
    pat, contact = people.of_contact("PRINCIPAL"), pg.one("select contact_id from people.contact")
    assert people.contacts(NORTH, "PRINCIPAL,Sam Example,sam@north.example,+15550100002") == [0, 1, 0]
    assert people.of_login("pat@north.example") == pat != people.of_contact("PRINCIPAL")
    assert pg.rows("select contact_id, name, phone from people.contact") == [(contact, "Sam Example", "+15550100002")]
    assert pg.row("select name, email, phone from people.person where person_id = %s", pat) == {
        "name": "Pat Example", "email": None, "phone": None}, "an address that nothing uses is forgotten"


def test_a_contact_alone_is_renamed_and_leaves_nobody_behind(people, pg):
    people.contacts(NORTH, "P,Pat Example,pat@north.example,", "S,Sam Example,sam@north.example,")
    pat = people.of_contact("P")
    people.contacts(NORTH, "P,Pat Married,married@north.example,")
    assert people.of_contact("P") == pat
    people.contacts(NORTH, "P,Sam Example,sam@north.example,")
    assert people.of_contact("P") == people.of_contact("S")
    assert pg.one("select count(*) from people.person") == 1


def test_a_login_that_is_given_to_somebody_else_takes_nothing_along(people, pg):
    people.contacts(NORTH, "P,Pat Example,office@north.example,")
    people.user("office@north.example", "Pat Example")
    pat = people.of_login("office@north.example")
    pg.execute("insert into dashboard.session (token_hash, person_id, district_id, csrf, expires_at) "
               "values ('x', %s, %s, 'x', 'infinity')", pat, people.districts[NORTH].id)
    people.user("office@north.example", "Sam Example", "--school", "LIN")
    assert people.of_login("office@north.example") != pat == people.of_contact("P")
    assert pg.one("select name from people.contact") == "Pat Example"
    assert pg.one("select count(*) from dashboard.session") == 0
    assert pg.rows("select person_id, whole from people.sees") == [(people.of_login("office@north.example"), False)]


def test_a_role_gives_what_it_says_and_no_more(people, pg):
    """A contact of all schools is alerted of calls at each, and as a user sees the login's schools alone."""
    people.contacts(NORTH, "P,Pat Example,pat@north.example,")
    people.user("pat@north.example", "Pat Example", "--school", "LIN", "--school", "OAK", district=SOUTH)
    assert people.of_contact("P") == people.of_login("pat@north.example")
    south = people.districts[SOUTH].id
    schools = [s for s, in pg.rows("select school_id from district.school where district_id = %s order by 1", south)]
    assert pg.rows("select district_id, whole, school_id from people.sees order by 3") == [(south, False, s) for s in schools]
    assert pg.rows("select district_id, scope from people.contact") == [(people.districts[NORTH].id, "district")]


def test_a_scope_of_feeder_patterns_is_their_schools_of_today(people, pg, ctl):
    people.contacts(NORTH, "P,Pat Example,pat@north.example,")
    ids = {"role": pg.one("select role_id from people.role"), "district": people.districts[NORTH].id,
           "school": pg.one("select min(school_id) from district.school")}
    pg.execute("update people.role set scope = 'feeders'")
    assert ctl.ok("contact", "list", NORTH, json_out=True)[0]["schools"] is None, "of none, not of all"
    pg.execute("insert into district.feeder values ({district}, 1, 'Lincoln'); "
               "insert into people.role_feeder values ({role}, {district}, 1); "
               "insert into district.school_feeder values ({district}, {school}, 1, '-infinity', 'infinity'), "
               "({district}, {school} + 1, 1, '-infinity', '2020-01-01')".format(**ids))
    assert pg.rows("select school_id from people.covered") == [(ids["school"],)]
    assert pg.rows("select s.school_id, c.contact_id from district.school s cross join lateral "
                   "notify.contacts_of(s.district_id, s.school_id) c") == [(ids["school"], ids["role"])], "who is told there"
    assert ctl.ok("contact", "list", NORTH, json_out=True)[0]["schools"] == "LIN"
    people.contacts(NORTH, "P,Pat Example,pat@north.example,,OAK", columns="code,name,email,phone,schools")
    assert ctl.ok("contact", "list", NORTH, json_out=True)[0]["schools"] == "OAK", "an import says anew which schools"


def test_a_contact_that_is_not_active_has_ended_and_may_begin_again(people, pg):
    columns = "code,name,email,phone,active"
    people.contacts(NORTH, "P,Pat Example,pat@north.example,")
    people.user("pat@north.example", "Pat Example")
    contact = pg.one("select contact_id from people.contact")
    assert people.contacts(NORTH, "P,Pat Example,pat@north.example,,false", columns=columns) == [0, 1, 0]
    assert people.contacts(NORTH, "P,Pat Example,pat@north.example,,false", columns=columns) == [0, 0, 1]
    assert pg.one("select to_at <= now() from people.role where role_id = %s", contact)
    assert pg.one("select count(*) from people.sees") == 1, "the login goes on"
    assert people.contacts(NORTH, "P,Pat Example,pat@north.example,") == [0, 0, 1], "what a file lacks stays"
    assert people.contacts(NORTH, "P,Pat Example,pat@north.example,,", columns=columns) == [0, 1, 0]
    assert pg.rows("select contact_id, active from people.contact") == [(contact, True)]


def test_who_acknowledged_alerts_can_be_replaced_by_somebody_known(people, pg):
    people.contacts(NORTH, "P,Pat Example,pat@north.example,", "Q,Quin Example,quin@north.example,")
    pg.execute("insert into notify.alert (district_id, subject_kind, storm_id, school_id, rule_id, mode) "
               "select district_id, 'storm', 1, school_id, 1, 'live' from district.school where code = 'OAK'")
    pg.execute("select notify.acknowledge(district_id, alert_id, c.name, c.person_id, c.contact_id) from notify.alert "
               "join people.contact c using (district_id) where c.code = 'P'")
    assert people.contacts(NORTH, "P,Quin Example,quin@north.example,") == [0, 1, 0]
    assert pg.rows("select code, name from people.contact order by 1") == [("P", "Quin Example"), ("Q", "Quin Example")]
    assert pg.rows("select email, phone from people.person where name = 'Pat Example'") == [(None, None)]


def test_an_import_does_not_bring_a_leaver_back(people, pg, ctl):
    people.contacts(NORTH, "P,Pat Example,pat@north.example,")
    people.user("pat@north.example", "Pat Example")
    ctl.ok("user", "disable", "pat@north.example")
    people.contacts(NORTH, "P,Pat Example,pat@north.example,+15550100001", "NEW,Pat Example,pat@north.example,")
    assert [c["active"] for c in ctl.ok("contact", "list", NORTH, json_out=True)] == [False, False]
    ctl.ok("user", "enable", "pat@north.example")
    assert [c["active"] for c in ctl.ok("contact", "list", NORTH, json_out=True)] == [True, True]


@pytest.mark.parametrize("wrong", [
    "role = 'king'", "scope = 'all'", "scope = 'organisation'", "agency_id = 0", "to_at = from_at - interval '1 s'",
    "role = 'district'", "step = null", "code = null", "channels = '{fax}'", "person_id = 0",
    "role = 'school', code = null, title = null, channels = null, step = null",
    "role = 'officer', code = null, title = null, channels = null, step = null, sealed = true"])
def test_a_role_that_contradicts_itself_is_not_stored(people, pg, wrong):
    people.contacts(NORTH, "P,Pat Example,pat@north.example,")
    with pytest.raises(psycopg2.IntegrityError):
        pg.execute(f"update people.role set {wrong}")
    with pytest.raises(psycopg2.IntegrityError):
        pg.execute("insert into people.role_school select role_id, district_id, %s from people.role",
                   pg.one("select min(school_id) from district.school"))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_feeder_pattern_begins_and_ends_with_the_day_of_its_district(pg, zone):
    """On one of the two, the day is another one than the server's."""
    district = pg.district("riverside")
    school = district.school("NORTH", 40.0, -75.0)
    pg.execute("update district.district set zone = %s", zone)
    pg.execute("insert into district.feeder (district_id, feeder_id, name) values (%s, 1, 'North')", district.id)
    pg.execute("insert into district.school_feeder (district_id, school_id, feeder_id, from_day, to_day) "
               "select %s, %s, 1, t, t from (select (now() at time zone %s)::date as t) n", district.id, school, zone)
    assert pg.one("select district.feeders_of(%s, %s)", district.id, school) == "North"
