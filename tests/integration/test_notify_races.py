"""liaison-notify: what happens between two looks, in two processes at once, or to a message that follows
another, leaves nobody with what is not true, and no relay with the same message again and again."""

import signal
import time

import pytest

import liaison
from notify_lab import fresh_gateway, fresh_relay, lab_settings
from notify_support import WITHDRAWN, fresh_town

pytestmark = pytest.mark.needs("liaison-notify")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)

SHOOTER = {"class": "weapon", "type_code": "ACTSHOOT"}
PAT = "pat@riverside.example"


@pytest.fixture
def notify(pg, relay, gateway, daemon, config, secret):
    def start(name="notify.ini", **more):
        made = daemon("liaison-notify", "--config", config(name, **lab_settings(pg, secret, relay, gateway, **more)))
        made.start()
        made.wait_log(r"event=db_up")
        return made
    return start


def headlines(relay, to=PAT):
    return [mail["text"].splitlines()[0] for mail in relay.to(to)]


def acknowledge(town, by="Pat"):
    """By the contact whose code is the first letter of the name: who has it is not told so."""
    town.pg.execute("select notify.acknowledge(a.district_id, a.alert_id, coalesce(c.name, %s), c.person_id) from notify.alert a "
                    "left join people.contact c on c.code = left(%s, 1)", by, by)


# Two at once ----------------------------------------------------------------------------------------


def test_call_cancelled_while_its_message_is_being_claimed_is_corrected(town, relay, notify):
    """One process has composed the message and not yet committed; the other reads that nobody was told."""
    town.district.contact("P", email=PAT)
    town.rule()
    for name in ("one.ini", "two.ini"):
        notify(name)
    lock = town.pg.session()
    lock.cursor().execute("lock table notify.token in exclusive mode")
    number = town.call(**SHOOTER)
    liaison.wait_until(lambda: town.pg.one(
        "select count(*) from pg_locks l join pg_stat_activity s using (pid) where not l.granted and l.relation = "
        "'notify.token'::regclass and s.query not like 'delete%'"), 10, "a message is being claimed")  # no token expires
    town.call(number, status="cancelled", **SHOOTER)
    time.sleep(1.5)  # the other process looks
    lock.commit()
    lock.close()
    liaison.wait_until(lambda: len(relay.mails) == 2, 10, "the correction follows")
    assert headlines(relay)[1].startswith("Correction:")


def test_change_that_commits_after_the_one_before_it_was_looked_at_is_looked_at(town, relay, notify):
    town.district.contact("P", email=PAT)
    town.call()
    late = town.pg.session()
    late.cursor().execute("insert into notify.rule (district_id, name) values (%s, 'all')", (town.district.id,))
    notify()
    town.wait_drained()
    late.commit()
    late.close()
    liaison.wait_until(lambda: relay.mails, 5, "the new rule tells")


# What follows a message -----------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["rcpt", "body"])
def test_correction_that_is_refused_is_not_sent_again_and_again(town, relay, notify, stage):
    town.district.contact("P", email=PAT)
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    relay.say(stage, "550 5.2.2 full")
    town.call(number, status="cancelled")
    town.wait_states("sent", "failed")
    time.sleep(1.5)
    assert [row["state"] for row in town.deliveries()] == ["sent", "failed"]
    relay.clear()
    town.call(number)
    liaison.wait_until(lambda: len(relay.mails) == 2, 10, "what changes later is tried again")


def test_repetition_that_is_refused_is_not_repeated_again_and_again(town, relay, notify):
    town.district.contact("P", email=PAT)
    town.rule()
    relay.say("body", "keep close", 1)
    relay.say("rcpt", "450 4.2.2 later", 1, to="never")
    notify(retry={"base_s": 2})
    town.call()
    liaison.wait_until(lambda: relay.mails, 10, "the first try is kept")
    relay.say("rcpt", "550 5.2.2 full")
    town.wait_states("unknown", "failed")
    time.sleep(1.5)
    assert [row["state"] for row in town.deliveries()] == ["unknown", "failed"]


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"sensitivity": "sealed"}])
def test_correction_or_withdrawal_with_an_unknown_end_is_repeated_once(town, relay, notify, change):
    town.district.contact("P", email=PAT)
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    relay.say("body", "close", 1)
    town.call(number, **change)
    rows = town.wait_states("sent", "unknown", "sent")
    assert rows[1]["message_id"] == rows[2]["message_id"] and len(relay.mails) == 2
    assert headlines(relay)[1] == WITHDRAWN or headlines(relay)[1].startswith("Correction:")


def test_new_round_asks_again_whoever_was_not_reached_in_the_one_before(town, relay, notify):
    town.district.contact("P", email=PAT)
    town.rule()
    relay.say("rcpt", "550 5.2.2 full", 1)
    notify()
    number = town.call(priority=3)
    town.wait_states("failed")
    town.call(number, priority=10)
    town.wait_states("failed", "sent")


def test_update_after_a_lost_question_says_that_nobody_has_it_any_more(town, gateway, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify(retry={"unknown_s": 2})
    number = town.call()
    town.wait_states("sent")
    acknowledge(town, by="Sam")
    town.wait_states("sent", "sent")
    assert "somebody has it" in gateway.texts[1]["body"]
    town.call(number, schools=[])
    town.wait_states("sent", "sent", "sent")
    gateway.say("post", "reset", 1)
    town.call(number)
    town.wait_states("sent", "sent", "sent", "unknown", "queued")
    town.call(number, sensitivity="restricted")
    liaison.wait_until(lambda: len(gateway.texts) == 4, 10, "the update")
    assert "police call" in gateway.texts[3]["body"] and "nobody has it" in gateway.texts[3]["body"]


@pytest.fixture
def lost(town, gateway, notify):
    """lost(do): the text that follows do() is lost, while nobody repeats it."""
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify(retry={"unknown_s": 60})

    def lose(do):
        gateway.say("post", "reset", 1)
        do()
        liaison.wait_until(lambda: "unknown" in [row["state"] for row in town.deliveries()], 10, "a text is lost")
    return lose


def texts(gateway, count):
    liaison.wait_until(lambda: len(gateway.texts) == count, 10, f"{count} texts")
    return [text["body"] for text in gateway.texts]


def test_who_may_have_heard_nothing_hears_all(town, gateway, lost):
    lost(town.call)
    acknowledge(town, by="Sam")
    assert "fight reported" in texts(gateway, 1)[0].lower() and "somebody has it" in texts(gateway, 1)[0]


def test_update_after_a_lost_one_says_what_that_said(town, gateway, lost):
    number = town.call()
    texts(gateway, 1)
    lost(lambda: town.call(number, type_code="TRESPASS", **{"class": "disturbance"}))
    acknowledge(town, by="Sam")
    assert "now trespass reported, was fight reported, somebody has it" in texts(gateway, 2)[1]


def test_update_after_a_lost_hand_over_hands_over(town, gateway, lost):
    number = town.call()
    texts(gateway, 1)
    acknowledge(town, by="Sam")
    texts(gateway, 2)
    lost(lambda: town.pg.execute(
        "select notify.say(a.district_id, a.alert_id, 'handed_over', 'Sam', null, null, c.contact_id, null, 'contact:0') "
        "from notify.alert a, people.contact c where c.code = 'P'"))
    town.call(number, sensitivity="restricted")
    assert "police call" in texts(gateway, 3)[2] and "handed to you" in texts(gateway, 3)[2]


def test_repetition_to_an_address_that_is_gone_is_given_up(town, gateway, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", "reset"), 1)
    notify(retry={"unknown_s": 2})
    town.call()
    town.wait_states("unknown", "queued")
    town.pg.execute("update people.person set phone = null")
    liaison.wait_until(lambda: "cancelled" in [row["state"] for row in town.deliveries()], 10, "it is given up")
    time.sleep(1.5)
    assert [row["state"] for row in town.deliveries()] == ["unknown", "cancelled"]


def test_repetition_of_a_call_that_became_worse_while_no_rule_asks_is_no_endless_work(town, relay, notify):
    town.district.contact("P", email=PAT)
    rule = town.rule(again_priority=9)
    relay.say("body", "keep close", 1)
    notify(retry={"base_s": 3})
    number = town.call(priority=3)
    town.wait_states("unknown", "queued")
    town.pg.execute("update notify.rule set active = false where rule_id = %s", rule)
    town.call(number, priority=10)
    time.sleep(5)
    assert len(town.deliveries()) <= 3


# Who may be told again ------------------------------------------------------------------------------


def test_address_that_is_corrected_after_a_refusal_is_tried(town, relay, notify):
    town.district.contact("P", email="typo@riverside.example")
    town.rule()
    relay.say("rcpt", "550 5.1.1 nobody", to="typo@")
    notify()
    town.call()
    town.wait_states("failed")
    town.pg.execute("update people.person set email = %s", PAT)
    liaison.wait_until(lambda: headlines(relay), 5, "the new address is told")


def test_who_may_see_an_acknowledged_call_again_is_told_that_it_stands(town, relay, notify):
    town.district.contact("P", email=PAT)
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    acknowledge(town)
    town.call(number, sensitivity="sealed")
    liaison.wait_until(lambda: len(relay.mails) == 2, 10)
    assert headlines(relay)[1] == WITHDRAWN
    town.call(number)
    liaison.wait_until(lambda: len(relay.mails) == 3, 5, "the withdrawal is taken back")


# Endings that are written down together ---------------------------------------------------------------


def test_an_ending_that_is_refused_takes_no_other_with_it(town, relay, notify):
    for i in range(6):
        town.district.contact(f"P{i}", email=f"p{i}@riverside.example")
    town.rule(channels=["email"])
    town.pg.execute("""
        create function notify.refuse() returns trigger language plpgsql security definer as $$ begin
            perform pg_advisory_xact_lock_shared(77);
            if new.contact_id = (select contact_id from people.contact where code = 'P3') then
                raise 'not this one';
            end if;
            return new;
        end $$;
        create trigger refuse before update on notify.delivery for each row when (new.state = 'sent')
            execute function notify.refuse()""")
    holder = town.pg.session()
    with holder, holder.cursor() as cursor:  # until all are at the relay: then the rest is written down together
        cursor.execute("select pg_advisory_xact_lock(77)")
        made = notify()
        town.call()
        liaison.wait_until(lambda: len(relay.mails) == 6, 10, "all are at the relay")
    holder.close()
    made.wait_log(r"event=delivery_end sqlstate=P0001 deliveries=1")
    liaison.wait_until(lambda: sorted(row["state"] for row in town.deliveries()) == ["sending"] + ["sent"] * 5, 10,
                       "the others are written down")


# The end of the process -----------------------------------------------------------------------------


def test_what_was_sent_while_the_database_was_away_is_written_down_by_a_process_that_ends(town, relay, notify):
    """It is told to end before the database is back: it waits for it, and leaves no message of unknown end."""
    town.district.contact("P", email=PAT)
    town.rule()
    one = notify()
    relay.say("body", ("wait", 2, None))
    town.call()
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.delivery where state = 'sending'"), 10, "it is sent")
    town.pg.cluster.stop("immediate")
    liaison.wait_until(lambda: relay.mails, 10, "the relay has it")
    one.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    town.pg.cluster.start()
    assert one.process.wait(10 * liaison.PATIENCE) == 0
    assert town.pg.one("select string_agg(state, ' ') from notify.delivery") == "sent"
