"""A call that is over before anybody was told of it: somebody is told all the same, whatever happens to those who would
have been."""

import pytest

import ctl_support
import liaison
from notify_lab import fresh_gateway, fresh_relay
from notify_support import fresh_town
from test_notify_rules import quiet
from test_notify_second import mail_to, notify  # noqa: F401  notify: the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)


def over_before_told(town):
    """A call whose only message waits for the end of quiet hours when it is over."""
    number = town.call()
    town.wait_states("queued")
    town.call(number, status="closed")
    town.wait_drained()
    return number


def wait_for(messages, who):
    return liaison.wait_until(lambda: [m for m in messages if who in m["to"]], 20, f"{who} is told")


def elsewhere(town, code):
    """A contact of another school."""
    mail_to(town, code, schools=[town.district.school("SOUTH", 41.0, -75.0)])


def test_the_substitute_of_who_became_absent_meanwhile_is_told(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "P", schools=[town.school])
    elsewhere(town, "D")
    town.rule()
    quiet(town, "people.role", -3600, 3600)
    town.pg.execute("update people.role set quiet_from = null, quiet_to = null where code = 'D'")
    notify((relay, None))
    over_before_told(town)
    ctl.ok("contact", "absent", "riverside", "P", "--substitute", "D")
    assert "Closed" in wait_for(relay.mails, "d@")[0]["text"]
    assert not [m for m in relay.mails if "p@" in m["to"]]


def test_who_wants_no_texts_any_more_is_mailed(town, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", phone="+15550100001", email="p@riverside.example")
    town.rule(channels=["sms"])
    quiet(town, "people.role", -3600, 3600)
    notify((relay, None), (gateway, None))
    over_before_told(town)
    town.pg.rows("select answer from notify.take_text('twilio', 'SM1', '+15550100001', 'STOP')")
    liaison.wait_until(lambda: town.deliveries(channel="email"), 20, "there is a mail")


def test_the_end_of_quiet_hours_is_known_at_once(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    quiet(town, "people.role", -3600, 3600)
    notify((relay, None))
    over_before_told(town)
    town.pg.execute("update people.role set quiet_from = null, quiet_to = null")
    wait_for(relay.mails, "p@")


@pytest.mark.parametrize("phone", ["+15550100001", None])
def test_another_channel_or_the_next_step_is_told_when_the_first_refuses(town, relay, gateway, notify, phone):  # noqa: F811
    town.district.contact("P", email="p@riverside.example", phone=phone)
    mail_to(town, "D", step=2)
    town.rule(channels=["email"])
    relay.say("rcpt", "550 5.1.1 no", to="p@")
    notify((relay, None), (gateway, None))
    town.call(status="closed")
    if phone:
        liaison.wait_until(lambda: gateway.texts, 20, "a text goes out")
        assert not relay.mails
    else:
        wait_for(relay.mails, "d@")


def test_a_mail_that_comes_back_after_the_end_is_told_by_text(town, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example", phone="+15550100001")
    town.rule(channels=["email"], frequency="material")
    notify((relay, None), (gateway, None))
    number = town.call()
    town.wait_states("sent")
    town.call(number, status="closed")
    for row in town.wait_states("sent", "sent"):
        town.pg.rows("select * from notify.take_bounce(%s, 'failed', 'failed', '5.1.1')", row["message_id"].split("@")[0])
    liaison.wait_until(lambda: gateway.texts, 20, "a text goes out")


def test_who_was_told_is_enough(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "P", schools=[town.school])
    elsewhere(town, "D")
    town.rule()
    notify((relay, None))
    number = town.call()
    wait_for(relay.mails, "p@")
    town.call(number, status="closed")
    town.wait_drained()
    ctl.ok("contact", "absent", "riverside", "P", "--substitute", "D")
    mail_to(town, "E", schools=[town.school])
    another = town.call()
    wait_for(relay.mails, "e@")
    assert another != number and len(town.pg.rows("select from notify.delivery d join people.role r on r.role_id = d.contact_id "
                                                  "join notify.alert a using (alert_id) where r.code in ('D', 'E') "
                                                  "and a.incident_no = %s", number)) == 0
