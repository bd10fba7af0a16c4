"""Isolation: the effect of one agency's abuse on the p99 latency of the others, which send at half of
saturation. Each run of each kind of abuse has the same load once without and then once with it. The
abuser is a separate process (this file, called with a kind) with an accepted key."""

import itertools
import json
import multiprocessing
import os
import sys
import time

AIM = 2.0
HALF_S = 3
KINDS = ("flood", "garbage", "stalled", "careless", "connections", "replay")


def _body(i):
    return json.dumps({"kind": "call.received", "incident": f"X-{i}", "call_type": "FIGHT",
                       "occurred_at": "2026-11-23T09:12:00-08:00"}).encode()


class _Abuser:
    """A DEALER socket of the abusing agency, which receives only when asked to."""

    def __init__(self, zmq, endpoint, server_key, pair):
        import uuid
        self.zmq = zmq
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.curve_serverkey = server_key.encode()
        self.socket.curve_publickey, self.socket.curve_secretkey = (p.encode() for p in pair)
        self.socket.linger, self.socket.sndhwm, self.socket.sndtimeo = 0, 1000, 200
        self.socket.connect(endpoint)
        self.limit, self.spent = 0, 0
        self.hello = json.dumps({"version": {"major": 1, "minor": 0}, "stream": str(uuid.uuid4()),
                                 "epoch": time.time_ns() // 1000, "mode": "live"}).encode()
        self.say(b"HELLO", self.hello)

    def say(self, *frames):
        try:
            self.socket.send_multipart([b"LSN\x01", *frames])
        except self.zmq.Again:
            pass

    def event(self, seq, body):
        self.spent += len(body) + 128
        self.say(b"EVENT", seq.to_bytes(8, "big"), b"application/vnd.liaison.event+json", body)

    def hear(self):
        while self.socket.poll(0):
            frames = self.socket.recv_multipart()
            if frames[1] == b"WELCOME":
                self.limit, self.spent = json.loads(frames[2])["credit"], 0
            elif frames[1] == b"CREDIT":
                self.limit = int.from_bytes(frames[2], "big")
            elif frames[1] == b"REFUSE":
                self.say(b"HELLO", self.hello)


def abuse(kind, endpoint, server_key, pair):
    """Abuses intake until the process is ended."""
    import zmq
    zmq.Context.instance().max_sockets = 1200
    abusers = [_Abuser(zmq, endpoint, server_key, pair)
               for _ in range(500 if kind == "connections" else 1)]
    one = abusers[0]
    for seq in itertools.count(1):
        if kind != "stalled" and seq % 20 == 0:
            one.hear()
        if kind == "flood":  # as much at once as its credit allows
            while one.spent + 300 > one.limit and one.limit:
                one.socket.poll(20)
                one.hear()
            one.event(seq, _body(seq))
        elif kind == "garbage":
            one.say(b"\xff" * 200, os.urandom(100))
        elif kind in ("stalled", "careless"):
            one.event(seq, _body(seq))
        elif kind == "replay":
            one.event(seq % 500 + 1, _body(seq % 500 + 1))
        else:
            abusers[seq % 500].say(b"PING", bytes(8))
            time.sleep(0.0005)


def isolation(machine, figures, saturation):
    """Adds one figure for each kind of abuse."""
    from cluster import Site  # the abuser's process does not need it
    from figures import RUNS, run_json
    rate = saturation / 2
    for kind in KINDS:
        alone, beside = [], []
        for _ in range(RUNS):
            site = Site(machine, agencies=5)
            intake = machine.intake(site.db)
            with open(site.keys, encoding="ascii") as file:
                keys = [line.split() for line in file]
            with open(site.keys, "w", encoding="ascii") as file:
                file.writelines(f"{p} {s}\n" for p, s in keys[:4])
            options = {"sessions": 4, "rate": rate, "events": int(rate * HALF_S)}
            alone.append(run_json(site.load_command([intake], **options))["p99_us"])
            process = multiprocessing.get_context("spawn").Process(
                target=abuse, args=(kind, intake.endpoint, intake.public.decode(), keys[4]), daemon=True)
            process.start()
            try:
                beside.append(run_json(site.load_command([intake], **options))["p99_us"])
            finally:
                process.kill()
                process.join()
            intake.terminate(60)
        figures.add(f"p99 of the others beside one agency's abuse: {kind}", beside, "us",
                    ("without it", alone), f"at most {AIM:g}", lambda r: r <= AIM,
                    "the abuser, the others, intake and PostgreSQL share the processors",
                    at_rate=round(rate))


if __name__ == "__main__":
    sys.exit("tests/bench/run.sh isolation")
