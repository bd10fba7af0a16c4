"""Shared code of the bench's figures: the number of runs, running a program, and the list of results."""

import json
import os
import statistics
import subprocess

from cluster import ROOT, liaison

FULL = os.environ.get("FULL") == "1"
RUNS = int(os.environ.get("RUNS", "5"))
EVENTS = int(os.environ.get("EVENTS", "400000" if FULL else "40000")) // 4 * 4  # four sessions
ONE_BY_ONE = 10000 if FULL else 1500
PROGRAMS = liaison.OUT
RESULTS = os.path.join(ROOT, "build", "bench")
WHOLE_PATH, OWN_CODE = "durable events, whole path", "own code in intake's instructions"


def say(text):
    print(text, flush=True)


def run_json(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{os.path.basename(command[0])} ended with {done.returncode}")
    return json.loads(done.stdout)


def must_be_stored(database, events, where=""):
    """Asserts that every event is stored once."""
    stored, different = database.rows("select count(*), count(distinct (stream_no, seq)) from agency.event " + where)[0]
    assert stored == different == events, f"{stored} rows, {different} of them different, of {events} events"


class Figures:
    """The list in results.json; each entry is also printed."""

    def __init__(self):
        self.list = []

    def add(self, name, values, unit, beside=None, aim="", met=None, reason=None, ratios=None,
            **more):
        """values: one for each run. beside: (name, values) of the floor or peer. ratios: of each run to
        its own floor."""
        middle = statistics.median(values)
        figure = {"name": name, "value": round(middle, 3), "unit": unit,
                  "beside": None, "ratio": None, "aim": aim, "met": met,
                  "spread": [round(min(values), 3), round(max(values), 3)], "runs": len(values),
                  "values": [round(v, 3) for v in values]}
        if beside:
            figure["beside"] = {"name": beside[0], "value": round(statistics.median(beside[1]), 3)}
            ratios = ratios or [a / b for a, b in zip(values, beside[1])]
            figure["ratio"] = round(statistics.median(ratios), 3)
            figure["ratios"] = [round(r, 3) for r in ratios]
            if callable(met):
                figure["met"] = bool(met(figure["ratio"]))
        elif callable(met):
            figure["met"] = bool(met(middle))
        if reason and figure["met"] is not True:
            figure["reason"] = reason
        figure.update(more)
        self.list.append(figure)
        side = f"  beside {figure['beside']['value']:g} ({beside[0]})" if beside else ""
        ratio = f"  ratio {figure['ratio']:g}" if beside else ""
        verdict = {True: "met", False: "MISSED", None: ""}[figure["met"]]
        say(f"{name}: {figure['value']:g} {unit}{side}{ratio}  aim {aim or '-'}  {verdict}")

    def second_condition(self):
        """The throughput's aim is also met if processors are busy and our own code is a small part of it."""
        found = {f["name"]: f for f in self.list}
        whole, own = found.get(WHOLE_PATH), found.get(OWN_CODE)
        if whole and own and not whole["met"] and whole["busy"] >= 0.95 and own["value"] <= 20:
            whole.update(met=True, reason="by the second condition: processors "
                         f"{whole['busy']:.0%} busy, own code {own['value']:.1f} % of intake; "
                         + whole["reason"])
            say(f"{WHOLE_PATH}: met by the second condition")

    def write(self):
        os.makedirs(RESULTS, exist_ok=True)
        with open(os.path.join(RESULTS, "results.json"), "w", encoding="utf-8") as file:
            json.dump(self.list, file, indent=1)
            file.write("\n")
