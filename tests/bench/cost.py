"""Costs of intake: a placement, memory with a thousand agencies, instructions by layer."""

import os
import subprocess

from cluster import Site, memory_of
from figures import FULL, OWN_CODE, PROGRAMS, RUNS, run_json
import layers


def placement(_machine, figures):
    got = [run_json([os.path.join(PROGRAMS, "bench", "places"), "100000", "200000"])
           for _ in range(RUNS)]
    figures.add("placement of a point among 100,000 campuses", [g["place_ns"] for g in got], "ns",
                ("GEOS tree query", [g["tree_ns"] for g in got]), "at most 1.5", lambda r: r <= 1.5,
                "the tree query only finds candidates; placement also decides them")


def memory(machine, figures):
    events = 400000 if FULL else 60000
    for sessions, careless, most in ((1000, 0, 64), (1000, 10, 128)):
        site = Site(machine, agencies=sessions)
        intake = machine.intake(site.db)
        peaks, resident = [], []
        for _ in range(2):
            run_json(site.load_command([intake], sessions=sessions, events=events,
                                       careless=careless))
            now, peak = memory_of(intake.pid)
            resident.append(now / 2**20)
            peaks.append(peak / 2**20)
        intake.terminate(60)
        what = f", {careless} of them ignoring credit" if careless else ""
        figures.add(f"memory of intake, 1,000 agencies{what}", peaks[-1:], "MiB", None,
                    f"under {most} MiB, flat", lambda m, most=most: m < most,
                    "CURVE sessions and libzmq's pipes and buffers of 1,000 connections",
                    peaks=[round(p, 1) for p in peaks], resident=[round(r, 1) for r in resident])


def profile(machine, figures):
    site = Site(machine)
    out = os.path.join(machine.folder, "callgrind.out")
    intake = machine.intake(site.db, wrapper=("/usr/bin/valgrind", "--tool=callgrind",
                                              f"--callgrind-out-file={out}", "--quiet",
                                              "--instr-atstart=no"))
    events = 6000
    run_json(site.load_command([intake], events=400))
    subprocess.run(["callgrind_control", "-i", "on", str(intake.pid)], check=True,
                   stdout=subprocess.DEVNULL)
    run_json(site.load_command([intake], events=events))
    intake.terminate(120)
    table, functions = layers.table(out, events)
    total = sum(table.values())
    for layer, instructions in table.items():
        ours = layer in layers.OURS
        figures.add(f"instructions in intake: {layer}", [instructions], "instructions/event",
                    (layers.PARSE, [table[layers.PARSE]]),
                    "no layer of ours above the parse" if ours else "",
                    (lambda r: r <= 1) if ours else None)
    ours = sum(table.get(layer, 0) for layer in (*layers.OURS, layers.OTHER))
    figures.add(OWN_CODE, [ours / total * 100], "%", None,
                "at most 20 (where both processors are at least 95 % busy)", lambda v: v <= 20,
                functions={name: round(cost) for name, cost in functions.items()})
