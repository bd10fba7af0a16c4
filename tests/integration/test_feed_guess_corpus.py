"""liaison-feed --guess over a corpus of layouts of dispatch systems: how reliable "high" is, and how
many settings a person has to change. The figures are printed (pytest -s).

A setting is correct if it means the same as the corpus's answer (guess_corpus.py): columns are
compared by their position in the export, joins and splits by their parts. An edit is one setting to
change, add or remove. The zone is given, as it is never guessed.
"""

import statistics

import pytest

import guess_corpus as corpus
from test_feed_guess import check, propose

pytestmark = pytest.mark.needs("liaison-feed")

HIGH_FLOOR, MEDIAN_CEILING = 0.98, 3
# Not judged, since they are the same in every proposal.
PLAIN = {("source", "encoding"), ("source", "columns"), ("time", "zone"), ("key", "duplicates"),
         ("fields", "dispositions[0].primary")}


def entries(proposal):
    """[(section, key, value, confidence)] in the order of the file."""
    found, section, sure, comment = [], "", "", False
    for line in proposal.splitlines():
        if line.startswith("["):
            section, sure = line.strip("[]"), ""
        elif line.startswith("#"):
            word = line[2:].partition(":")[0]
            if not comment or word in ("high", "medium", "low"):
                sure = word if word in ("high", "medium", "low") else ""
        elif "=" in line:
            key, value = (part.strip() for part in line.split("=", 1))
            found.append((section, key, value, sure))
        comment = line.startswith("#")
    return found


def settings_of(name, proposal):
    """({setting: value}, settings with confidence "high"), in the form of corpus.answer."""
    read = entries(proposal)
    names = [column[0] for column in corpus.columns(name)]
    for _, key, value, _ in read:
        if key == "columns":
            names = [part.strip() for part in value.split(",")]
    made = {column: str(place) for place, column in enumerate(names)}
    chains = {}

    def piece(text):
        return made.get(text.strip().strip('"'), "?" + text)

    for section, key, value, _ in read:
        if section == "split":
            word = "before" if " before " in value else "after"
            source, _, mark = value.rpartition(f" {word} ")
            place, chain = chains.get(source, (made.get(source, "?"), []))
            chains[key] = (place, chain + [(word, mark.strip('"'))])
            made[key] = corpus.resolved(*chains[key])
        elif section == "join":
            made[key] = " + ".join(piece(part) for part in value.split(","))
    settings, high = {("source", "title_lines"): "0", ("source", "delimiter"): ","}, []
    nothing = set()
    for section, key, value, sure in read:
        if section in ("split", "join") or (section, key) in PLAIN:
            continue
        if section == "fields" or (section, key) == ("key", "incident"):
            value = piece(value)
        elif (section, key) == ("key", "digest"):
            value = " , ".join(sorted(piece(part) for part in value.split(",")))
        elif (section, key) == ("null", "*"):
            nothing |= {word.strip().strip('"').lower() for word in value.split(",")}
            value = ",".join(sorted(nothing))
        elif key == "delimiter":
            value = value.replace("tab", "\t").strip('"')
        settings[section, key] = value
        if sure == "high":
            high.append((section, key))
    settings.setdefault(("null", "*"), "")
    return settings, high


def judge(tmp_path, name):
    """(edits, [settings with confidence "high"], the wrong ones of these, proposal)"""
    sample = tmp_path / f"{name}.csv"
    sample.write_bytes(corpus.text(name))
    proposal = propose(sample, "--zone", "America/Chicago")
    settings, high = settings_of(name, proposal)
    right = corpus.answer(name)
    edits = sorted(key for key in settings.keys() | right.keys()
                   if settings.get(key) not in right.get(key, {None}))
    return edits, high, [key for key in high if settings[key] not in right.get(key, {None})], proposal


def report(half, results):
    counts = sorted(len(edits) for edits, _, _, _ in results.values())
    high = sum(len(claims) for _, claims, _, _ in results.values())
    wrong = sum(len(false) for _, _, false, _ in results.values())
    print(f"{half}: {len(results)} exports; of {high} settings called high {high - wrong} are right "
          f"({100 * (high - wrong) / max(high, 1):.1f} in 100); edits: median {statistics.median(counts)}, {counts}")
    return high, wrong, counts


def test_high_is_right_and_little_is_left_to_edit(tmp_path):
    results = {name: judge(tmp_path, name) for name in corpus.CASES}  # fails if there is no proposal for a file
    for half in ("tuned", "held"):
        some = {name: result for name, result in results.items() if corpus.half_of(name) == half}
        for name, (edits, _, false, _) in some.items():
            if edits:
                print(f"  {half} {name}: edits {edits}" + (f", called high: {false}" if false else ""))
        assert len(some) >= 15
        high, wrong, counts = report(half, some)
        assert high > 100 and high - wrong >= HIGH_FLOOR * high, "how far high can be trusted"
        assert statistics.median(counts) <= MEDIAN_CEILING
    assert len(results) >= 36


def test_proposals_that_need_no_edit_refuse_no_row_that_they_do_not_tell_of(tmp_path):
    held = 0
    for name in corpus.CASES:
        edits, _, _, proposal = judge(tmp_path, name)
        if edits:
            continue
        held += 1
        done = check(tmp_path, proposal, tmp_path / f"{name}.csv", corpus.ROWS)
        rows = corpus.CASES[name][1].get("rows", corpus.ROWS)
        assert done.returncode == 0, (name, done.stdout[-400:], done.stderr)
        assert f"{rows} rows shown, 0 would be refused." in done.stdout.decode(), name
    assert held > 20


def test_words_for_nothing_stand_in_no_joined_address(tmp_path):
    _, _, _, proposal = judge(tmp_path, "street-parts-capitals")
    shown = check(tmp_path, proposal, tmp_path / "street-parts-capitals.csv", corpus.ROWS).stdout.decode()
    assert '"address":"' in shown and "NULL" not in shown


PACKED = {  # several values in one cell, with the expected type and address
    "a row in one quoted cell": ['"Number,Received,Type,Address"'] + [
        f'"26-10{i:02},2026-03-20 08:{i:02},FIGHT,{i} MAIN ST"' for i in range(20)],
    "a row in one quoted cell, no header": [
        f'"26-10{i:02};2026-03-20 08:{i:02};FIGHT;{i} MAIN ST"' for i in range(20)],
    "a time and a place in one cell": ["Number,When and where,Type"] + [
        f"26-10{i:02},2026-03-20 08:{i:02} @ {i} MAIN ST,FIGHT" for i in range(20)],
    "a name that is divided as its values": ["Number,Received,Type | Address"] + [
        f"26-10{i:02},2026-03-20 08:{i:02},FIGHT | {i} MAIN ST" for i in range(20)],
}


@pytest.mark.parametrize("shape", PACKED)
def test_values_packed_into_one_cell_are_taken_apart(tmp_path, shape):
    sample = tmp_path / "sample.csv"
    sample.write_text("\n".join(PACKED[shape]) + "\n")
    proposal = propose(sample, "--zone", "UTC")
    shown = check(tmp_path, proposal, sample).stdout.decode()
    assert "20 rows shown, 0 would be refused" in shown, shown
    assert '"occurred_at":"2026-03-20T08:07:00Z"' in shown
    assert '"call_type":"FIGHT"' in shown and '"address":"7 MAIN ST"' in shown
