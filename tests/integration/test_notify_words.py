"""In which words people are told: the language of each, the district's own texts, its clock, and who the mail is from."""

import email.utils
import re

import pytest

from ctl_support import fresh_ctl
from notify_support import fresh_notify, fresh_sandbox, fresh_town

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
ctl = pytest.fixture(name="ctl")(fresh_ctl)
CONTACTS = """code,name,email,phone,language
EN,Pat Lee,pat@riverside.example,+15550100001,
ES,José Núñez,jose@riverside.example,+15550100002,es
"""


def district(ctl, *options):
    ctl.ok("district", "add", "riverside", "--name", "Riverside", "--zone", "America/New_York", *options)


def contacts(ctl, tmp_path, text=CONTACTS):
    file = tmp_path / "contacts.csv"
    file.write_text(text, encoding="utf-8")
    done = ctl.ok("contact", "import", "riverside", str(file), json_out=True)
    return done["added"], done["changed"], done["same"]


def test_each_is_told_in_their_own_language(town, ctl, sandbox, notify, tmp_path):
    contacts(ctl, tmp_path)
    town.rule()
    notify()
    town.call()
    english, spanish = (sandbox.wait_mails(1, to=f"{name}@riverside.example")[0] for name in ("pat", "jose"))
    assert english["text"].startswith("Fight reported at North High at ")
    assert spanish["text"].startswith("Pelea reportada en North High, ")
    assert "Yo me encargo: https://" in spanish["text"] and "Qué: Pelea (Violencia)" in spanish["text"]
    assert re.fullmatch(r"North High: pelea reportada, \d\d:\d\d", spanish["subject"])
    text = sandbox.wait_texts(1, to="+15550100002")[0]
    assert re.match(r"North High: pelea reportada \d\d:\d\d, 2 unidades en camino\. Responda: https://\S+ Liaison$",
                    text["body"])
    assert text["segments"] == 1 and text["encoding"] == "GSM-7"


def test_a_district_has_a_language_and_a_clock_of_its_own(town, ctl, sandbox, notify):
    district(ctl, "--language", "es", "--clock", "12")
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call()
    assert re.search(r", \d{1,2}:\d\d [ap]\. m\.$", sandbox.wait_mails(1)[0]["subject"])
    assert re.match(r"North High: pelea reportada \d{1,2}:\d\d [ap]\. m\., ", sandbox.wait_texts(1)[0]["body"])
    district(ctl)
    assert ctl.ok("district", "list", json_out=True)[0]["language"] == "es", "what is not named stays"


def test_the_language_of_a_contact_stays_where_a_file_says_nothing_of_it(town, ctl, tmp_path):
    assert contacts(ctl, tmp_path) == (2, 0, 0)
    assert contacts(ctl, tmp_path) == (0, 0, 2)
    without = re.sub(r",[^,\n]*$", "", CONTACTS, flags=re.M)
    assert contacts(ctl, tmp_path, without) == (0, 0, 2)
    listed = {row["code"]: row["language"] for row in ctl.ok("contact", "list", "riverside", json_out=True)}
    assert listed == {"EN": None, "ES": "es"}
    assert contacts(ctl, tmp_path, CONTACTS.replace(",es\n", ",\n")) == (0, 1, 1)
    file = tmp_path / "bad.csv"
    file.write_text(CONTACTS.replace(",es\n", ",fr\n"), encoding="utf-8")
    assert "line 3: language: must be one of en, es" in ctl.fails("contact", "import", "riverside", str(file))


def test_a_districts_own_text_stands_in_the_next_message(town, ctl, sandbox, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify()
    said = ctl.ok("template", "set", "riverside", "message.sender", "Riverside USD")
    assert said == "riverside en message.sender: version 1\n"
    town.call("I-1")
    assert sandbox.wait_texts(1)[0]["body"].endswith(" Riverside USD")
    assert "is so already" in ctl.ok("template", "set", "riverside", "message.sender", "Riverside USD")
    ctl.ok("template", "set", "riverside", "message.sender", "RUSD")
    listed = ctl.ok("template", "list", "riverside", json_out=True)
    assert [(row["key"], row["text"], row["version"]) for row in listed] == [("message.sender", "RUSD", 2)]
    assert listed[0]["changed_by"].startswith("ctl:")
    ctl.ok("template", "remove", "riverside", "message.sender")
    town.call("I-2")
    assert sandbox.wait_texts(2)[1]["body"].endswith(" Liaison")
    assert "none of the district's" in ctl.fails("template", "remove", "riverside", "message.sender")
    actions = [row[0] for row in town.pg.rows("select action from liaison.audit where action like 'template.%%' order by 1")]
    assert actions.count("template.set") >= 2 and "template.remove" in actions


@pytest.mark.parametrize("key, text, why", [
    ("message.brief.ask", " Go: {sender}", "TEXT: lacks {link}"),
    ("message.sender", "{name}", "TEXT: has a placeholder that is none here: {name}"),
    ("message.sender", "The Unified School District of Riverside and All of Its Valley", "TEXT: is too long: the text message"),
    ("message.ask.note", "https://evil.example", "TEXT: holds a link of its own"),
    ("message.sender", "Dr\u200bill", "TEXT: names a drill"),
    ("message.mark.drill", ".", "TEXT: must name a drill"),
    ("relation.at", "in", "KEY: is not the key of a text of messages"),
])
def test_a_text_that_would_spoil_a_message_is_refused(town, ctl, key, text, why):
    assert why in ctl.fails("template", "set", "riverside", key, text)
    assert town.pg.one("select count(*) from notify.template") == 0


def test_a_preview_shows_each_message_by_each_channel_with_its_segments(town, ctl):
    ctl.ok("template", "set", "riverside", "message.sender", "RUSD", "--language", "es")
    shown = ctl.ok("template", "preview", "riverside", "--language", "es", json_out=True)
    texts = {form["message"]: form for form in shown if form["channel"] == "sms"}
    letters = {form["message"] for form in shown if form["channel"] == "email"}
    no_text = {"closed", "closed, at an unknown time", "update, another place", "update, another type", "who has it, more are asked"}
    assert letters - set(texts) == no_text, "the end of a call, and what names a street or nobody else, is no text message"
    for name, form in texts.items():
        assert form["encoding"] == "GSM-7" and (form["segments"] == 1 and form["characters"] <= 160 or name.startswith("answer")), form
        assert form["text"].endswith(" Liaison" if name.startswith("alarm") else " RUSD") or name.startswith("answer"), form
    assert texts["worse"]["text"].startswith("AHORA: tirador activo reportado. North High")
    assert texts["drill"]["text"].startswith("SIMULACRO North High, ")
    assert texts["withdrawn"]["text"] == "Esta alerta ya no es para usted. Eso no significa que la llamada haya terminado. RUSD"
    plain = ctl.ok("template", "preview", "riverside")
    assert "first, sms: " in plain and "GSM-7, 1 segment\n" in plain and "first, email: North High: " in plain


def test_a_preview_shows_what_was_asked_for_alone(town, ctl):
    def shown(*options):
        return {(form["message"], form["channel"])
                for form in ctl.ok("template", "preview", "riverside", *options, json_out=True)}
    everything = shown()
    assert shown("--channel", "sms") == {form for form in everything if form[1] == "sms"}
    assert shown("--message", "WITHdrawn") == {form for form in everything if "withdrawn" in form[0]} != set()
    assert shown("--message", "drill", "--channel", "email") == {form for form in everything if "drill" in form[0] and form[1] == "email"}
    assert shown("--key", "message.mark.drill") == {form for form in everything if form[0] == "drill"}
    sender = shown("--key", "message.sender", "--channel", "sms")
    assert ("first", "sms") in sender and not {form for form in sender if form[0].startswith(("alarm", "answer"))}
    assert len(ctl.ok("template", "preview", "riverside", "--message", "withdrawn", "--channel", "sms").splitlines()) == 3
    assert "--message: is in the name of no message" in ctl.fails("template", "preview", "riverside", "--message", "no such")
    assert "--key: is not the key of a text" in ctl.fails("template", "preview", "riverside", "--key", "reply.none")
    assert "--channel: must be one of email, sms" in ctl.fails("template", "preview", "riverside", "--channel", "fax")


def test_a_preview_leaves_out_no_kind_of_message(town, ctl):
    """What a message may be about, as what, which checks raise alarms, and what texts are answered."""
    names = {form["message"] for form in ctl.ok("template", "preview", "riverside", json_out=True)}
    first_words = {name.split(",")[0] for name in names}

    def allowed(table, constraint):
        return set(re.findall(r"'(\w+)'", town.pg.one("select pg_get_constraintdef(oid) from pg_constraint where conname = %s "
                                                      "and conrelid = %s::regclass", constraint, table)))
    assert allowed("notify.alert", "alert_subject_kind_check") - {"call"} <= first_words
    assert allowed("notify.delivery", "delivery_kind_check") <= first_words
    assert "digest" in first_words
    checks = {row[0] for row in town.pg.rows('select "check" from notify.health()')} - {"alarm"} | {"roster", "too_few"}
    assert {name.split(",")[1].split()[0] for name in names if name.startswith("alarm,")} == checks
    assert {name for name in names if name.startswith("answer,")} == {
        f"answer, {answer}" for answer in ("acknowledged", "alarm", "drill", "yours", "late", "too_late", "which", "no_such", "unclear",
                                      "none", "stopped", "started", "help")}


def test_a_preview_tells_all_times_by_the_clock_of_the_district(town, ctl):
    for clock, other in (("12", r"1[23]:\d\d(?! PM)"), ("24", r"\d [AP]M")):
        town.pg.execute("update district.district set hours24 = %s", clock == "24")
        assert not [form for form in ctl.ok("template", "preview", "riverside", json_out=True) if re.search(other, form["text"])]


def test_a_sender_with_a_comma_is_one_address_and_lines_are_short(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.pg.execute("update district.school set name = %s",
                    "Reverend Doctor Martin Luther King, Jr. Academy of Arts; Sciences & “Technology” – Lower Campus")
    town.rule()
    notify(smtp={"from": "Riverside, Schools <alerts@riverside.example>"})
    town.call()
    mail = sandbox.wait_mails(1)[0]
    assert mail["headers"]["From"] == '"Riverside, Schools" <alerts@riverside.example>'
    assert email.utils.getaddresses([mail["headers"]["From"]]) == [("Riverside, Schools", "alerts@riverside.example")]
    assert mail["subject"].startswith("Reverend Doctor Martin Luther King, Jr. Academy of Arts; Sciences & “Technology” – "
                                      "Lower Campus: fight reported, ")
