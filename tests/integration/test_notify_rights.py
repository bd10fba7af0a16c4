"""liaison-notify: a message says what its reader may know when it is sent, not when it was decided on."""

import os
import re

import pytest

import liaison
from notify_support import WITHDRAWN, fresh_notify, fresh_sandbox, fresh_town

pytestmark = pytest.mark.needs("liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
HOME = {"address": "77 HOMELANE", "place_name": "HOME-PLACE"}


@pytest.fixture
def waiting(town, sandbox, notify):
    """waiting(number): a call of which the first contact was told, and the message to the next one waits."""
    town.district.contact("NOW", email="now@riverside.example")
    town.south = town.district.school("SOUTH", 40.1, -75.1, name="South Middle", level="middle")
    town.rule()
    notify()

    def make(number):
        town.call(number)
        liaison.wait_until(lambda: [r["state"] for r in of_call(town, number) if r["step"] == 1] == ["sent"],
                           what="the first contact is told")
        return number
    return make


def of_call(town, number, **where):
    alert = town.pg.one("select alert_id from notify.alert where incident_no = %s and school_id = %s", number, town.school)
    return town.deliveries(alert_id=alert, **where) if alert else []


def due(town):
    """The messages that wait for the next ones are due now; the outbox has not come to what changed."""
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued' and step = 2")


def ended(town, number, contact):
    """(state, reason) of the message once it has ended; None until then."""
    row = of_call(town, number, contact_id=contact)[0]
    return (row["state"], row["reason"]) if row["state"] not in ("queued", "sending") else None


def test_a_message_that_waits_follows_the_call(town, sandbox, waiting):
    later = town.district.contact("LATER", email="later@riverside.example", step=2)
    changes = {"I-away": {"schools": [], "elsewhere": True, **HOME}, "I-south": {"schools": [town.south]},
               "I-sealed": {"sensitivity": "sealed", **HOME}, "I-restricted": {"sensitivity": "restricted", **HOME}}
    for number in changes:
        waiting(number)
    for number, change in changes.items():
        town.call(number, outbox=False, **change)
    due(town)
    told = {number: liaison.wait_until(lambda n=number: ended(town, n, later), what=f"{number} is tried")
            for number in changes}
    assert told == {"I-away": ("cancelled", "withdrawn"), "I-south": ("cancelled", "withdrawn"),
                    "I-sealed": ("cancelled", "sealed"), "I-restricted": ("sent", None)}
    for number in ("I-away", "I-south"):  # the outbox comes to it
        town.call(number, **changes[number])
    mails = sandbox.wait_mails(1, to="later@riverside.example")
    assert len(mails) == 1 and "police call" in mails[0]["subject"]
    corrections = lambda: [m["text"] for m in sandbox.mails() if m["text"].startswith("Correction")]
    liaison.wait_until(lambda: len(corrections()) == 2, what="who was told is told that it is not at North")
    assert all("was not at this school" in text for text in corrections())
    everything = str(sandbox.mails())
    for word in ("HOMELANE", "HOME-PLACE"):
        assert word not in everything


def test_a_call_that_is_back_before_the_outbox_saw_it_go_is_still_told(town, sandbox, waiting):
    later = town.district.contact("LATER", email="later@riverside.example", step=2)
    waiting("I-back")
    town.call("I-back", outbox=False, schools=[], elsewhere=True, **HOME)
    due(town)
    liaison.wait_until(lambda: ended(town, "I-back", later), what="it is tried, and not sent")
    town.call("I-back", elsewhere=False, place_name=None)
    town.wait_drained()
    due(town)
    assert "500 MAIN ST" in sandbox.wait_mails(1, to="later@riverside.example")[0]["text"]


def test_a_message_that_waits_follows_its_contact(town, sandbox, waiting):
    contact = {code: town.district.contact(code, email=f"{code}@riverside.example", step=2)
               for code in ("moved", "left", "stays")}
    waiting("I-1")
    for code, school in (("moved", town.south), ("stays", town.school)):
        town.district.of_schools(contact[code], [school])
    town.pg.execute("update people.role set to_at = now() where code = 'left'")
    due(town)
    told = {code: liaison.wait_until(lambda c=code: ended(town, "I-1", contact[c]), what=f"{code} is tried")
            for code in contact}
    assert told["stays"] == ("sent", None)
    assert told["moved"] in (("cancelled", "not_of_school"), ("cancelled", "no_rule"))
    assert told["left"] in (("cancelled", "contact_inactive"), ("cancelled", "no_rule"))
    assert {m["to"][0] for m in sandbox.wait_mails(2)} == {"now@riverside.example", "stays@riverside.example"}


def test_a_link_opens_for_its_own_contact_as_long_as_the_contact_is_one(town, sandbox, waiting, pg):
    """The function behind the link, with the token of a real message."""
    waiting("I-1")
    token = re.search(r"/a/([A-Za-z0-9_-]{16})", sandbox.wait_mails(1)[0]["text"]).group(1)
    hashed = pg.one("select encode(token_hash, 'hex') from notify.token")
    says = lambda: pg.rows("select says from notify.link(decode(%s, 'hex'))", hashed)
    assert says() == [("all",)] and len(token) == 16
    other_school = "update people.role set scope = 'schools'; insert into people.role_school " \
                   f"select role_id, district_id, {town.south} from people.role"
    for lose, regain in (("update people.role set to_at = now()", "update people.role set to_at = 'infinity'"),
                         ("update people.role set from_at = now() + interval '1 hour'", "update people.role set from_at = now()"),
                         ("update people.person set active = false", "update people.person set active = true"),
                         (other_school, "delete from people.role_school; update people.role set scope = 'district'"),
                         ("update notify.token set expires_at = now()",
                          "update notify.token set expires_at = now() + interval '1 day'")):
        pg.execute(lose)
        assert says() == [(None,)], lose
        pg.execute(regain)
        assert says() == [("all",)], regain
    assert pg.rows("select says from notify.link('\\x00')") == []


def test_a_contact_whose_day_has_come_is_told_no_more(town, sandbox, notify):
    """Nobody does anything when a role ends by its date: the link closes, the alert is withdrawn, and the next one is
    not for it."""
    for code in ("ends", "stays"):
        town.district.contact(code, email=f"{code}@riverside.example")
    town.rule(channels=["email"])
    notify()
    town.call("I-1")
    assert {m["to"][0] for m in sandbox.wait_mails(2)} == {"ends@riverside.example", "stays@riverside.example"}
    says = lambda: sorted(set(town.pg.rows("select p.code, l.says from notify.token k, notify.link(k.token_hash) l "
                                           "join people.contact p using (contact_id)")), key=str)
    town.pg.execute("update people.role set to_at = clock_timestamp() + interval '2 s' where code = 'ends'")
    assert says() == [("ends", "all"), ("stays", "all")], "it holds until then"
    liaison.wait_until(lambda: says() == [("ends", None), ("stays", "all")], what="the link closes")
    withdrawn = sandbox.wait_mails(3)[2]
    assert withdrawn["to"] == ["ends@riverside.example"] and withdrawn["text"].startswith(WITHDRAWN)
    town.call("I-2")
    assert sandbox.wait_mails(4)[3]["to"] == ["stays@riverside.example"]
    told = "select array_agg(distinct p.code order by p.code) from notify.delivery join notify.alert a using (district_id, alert_id) " \
           "join people.contact p using (district_id, contact_id) where a.incident_no = %s"
    assert [town.pg.one(told, number) for number in ("I-1", "I-2")] == [["ends", "stays"], ["stays"]]


def test_a_disabled_person_is_told_of_no_call(town, sandbox, notify):
    for code in ("off", "stays"):
        town.district.contact(code, email=f"{code}@riverside.example", name=f"{code} Example")
    town.pg.execute("select people.put_user('off@riverside.example', 'Off Example', null)")
    assert town.pg.one("select dashboard.set_active('OFF@riverside.example', false)")
    town.rule(channels=["email"])
    notify()
    town.call("I-1")
    assert [m["to"][0] for m in sandbox.wait_mails(1)] == ["stays@riverside.example"]
    assert town.pg.rows("select p.code from notify.delivery join people.contact p using (contact_id)") == [("stays",)]


def test_a_link_ends_when_its_contact_has_another_name_or_address(town, sandbox, waiting, pg):
    """Whoever takes a contact over has links of the own messages, and the former one none."""
    both = town.district.contact("BOTH", email="both@riverside.example", phone="+15550100001", step=2)
    waiting("I-1")
    due(town)
    liaison.wait_until(lambda: [r["state"] for r in of_call(town, "I-1", contact_id=both)] == ["sent"] * 2,
                       what="both channels are used")
    links = {told: says for told in ("email", "phone") for says in pg.rows(
        "select token_hash from notify.token t join people.contact c using (district_id, contact_id) "
        f"where c.code = 'BOTH' and t.addressee = notify.addressee(c.name, c.{told})")}
    open_ones = lambda: {told for told, (token,) in links.items()
                         if pg.one("select says from notify.link(%s)", token) is not None}
    assert len(links) == 2 and open_ones() == {"email", "phone"}
    change = "update people.person set {} where person_id = (select person_id from people.role where code = 'BOTH')"
    for change_to, still_open in (("email = 'Both@Riverside.Example'", {"email", "phone"}),
                                  ("name = ' contact  Both'", {"email", "phone"}),
                                  ("email = 'other@riverside.example'", {"phone"}),
                                  ("email = null", {"phone"}),
                                  ("phone = '+15550100002'", set()),
                                  ("email = 'both@riverside.example'", {"email"}),
                                  ("name = 'Successor Person'", set()),
                                  ("phone = '+15550100001'", set())):
        pg.execute(change.format(change_to))
        pg.execute("update people.role set title = 'dean', step = 3 where code = 'BOTH'")
        assert open_ones() == still_open, change_to
    assert not any(pg.one("select notify.acknowledge_link(%s)", token) for (token,) in links.values())
    assert pg.rows("select acknowledged_by from notify.alert") == [(None,)]


def test_a_link_from_before_the_case_of_letters_was_left_out_stays_valid(town, pg):
    contact = town.district.contact("BOTH", email="Both@Riverside.Example", phone="+15550100001")
    town.call("I-1", outbox=False)
    alert = pg.one("insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode) "
                   "values (%s, %s, 'I-1', %s, 1, 'live') returning alert_id", town.district.id, town.agency.id, town.school)
    for column in ("email", "phone"):
        pg.execute("insert into notify.token (token_hash, district_id, alert_id, contact_id, expires_at, addressee) "
                   f"select sha256('{column}'), %s, %s, contact_id, now() + interval '1 day', "
                   f"sha256(convert_to(name || E'\\n' || {column}, 'UTF8')) from people.contact where contact_id = %s",
                   town.district.id, alert, contact)
    says = lambda: [pg.one("select says from notify.link(sha256(%s))", told) for told in ("email", "phone")]
    assert says() == [None, None]
    with open(os.path.join(liaison.ROOT, "deploy/schema/0051_addressee.sql"), encoding="utf-8") as file:
        pg.execute(file.read().replace("%", "%%"))
    assert says() == ["all", "all"]


def test_another_case_of_letters_is_no_other_address_to_try(town, pg):
    contact = town.district.contact("P", email="p@riverside.example")
    town.call("I-1", outbox=False)
    pg.execute("with a as (insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode) "
               "values (%s, %s, 'I-1', %s, 1, 'live') returning district_id, alert_id) "
               "insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, message_id) "
               "select district_id, alert_id, %s, 'email', 'first', 'failed', 'x@y' from a",
               town.district.id, town.agency.id, town.school, contact)
    for email, counts in (("P@Riverside.Example", 1), ("q@riverside.example", 0)):
        pg.execute("update people.person set email = %s", email)
        assert pg.one("select round from notify.delivery") == counts, email
