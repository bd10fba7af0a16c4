#!/usr/bin/env python3
"""Sends the events of an NDJSON file to a Liaison intake, by docs/protocol.md. Needs python3-zmq.

    client.py tcp://HOST:8604 INTAKE_PUBLIC_KEY agency.key events.ndjson [live|replay|backfill]

The file is the spool: FILE.stream beside it keeps the stream, so that a second run goes on where the
first ended. Lines may be added to the file, never changed or taken away."""
import json, os, re, sys, time, uuid, zmq
from zmq.utils.monitor import recv_monitor_message

endpoint, server_key, key_file, path, mode = (sys.argv[1:] + ["backfill"])[:5]
keys = dict(re.findall(r"^(public|secret) = (\S{40})$", open(key_file).read(), re.M))
lines = [line.strip() for line in open(path, "rb") if line.strip()]  # sequence 1 is lines[0]
if not os.path.exists(path + ".stream"):
    made = {"stream": str(uuid.uuid4()), "epoch": time.time_ns() // 1000, "mode": mode}
    open(path + ".stream", "x").write(json.dumps(made))
stream = json.load(open(path + ".stream"))
decided, refused, pause = set(), set(), 1
PAUSES = dict.fromkeys(("key", "syntax", "version", "taken", "mode", "revoked", "limit"), 60) | {"credit": 5}
u64 = lambda value: int(value).to_bytes(8, "big")
numbers = lambda frame: [int.from_bytes(frame[i:i + 8], "big") for i in range(0, len(frame), 8)]
def session(sock, monitor):  # one connection: why it ended
    say = lambda *frames: sock.send_multipart([b"LSN\x01", *frames])
    beat, heard, spoke, due, spent, limit, unanswered = 5.0, time.monotonic(), 0, [], 0, 0, set()
    while len(decided) < len(lines):
        zmq.select([sock, monitor], [], [], 0.2)
        while sock.poll(0):
            command, *args = sock.recv_multipart()[1:]
            heard = time.monotonic()
            if command == b"WELCOME":
                told = json.loads(args[0])
                if told["high"] > len(lines): sys.exit("the file is shorter than what was sent of it")
                wanted = [seq for a, b in told["wanted"] for seq in range(a, b + 1)]
                decided.update(set(range(1, told["high"] + 1)) - set(wanted))
                due = wanted + list(range(told["high"] + 1, len(lines) + 1))
                beat, limit = told["heartbeat_ms"] / 1000, told["credit"]
            elif command in (b"ACK", b"NAK"):
                ends = numbers(args[0]) * (2 if command == b"NAK" else 1)
                for a, b in zip(ends[::2], ends[1::2]):
                    decided.update(range(a, b + 1))
                    unanswered -= set(range(a, b + 1))
                if command == b"NAK" and ends[0] not in refused:
                    print("refused", ends[0], *(part.decode() for part in args[1:]), flush=True)
                    refused.add(ends[0])
            elif command == b"AGAIN":
                due = list(range(numbers(args[0])[0], numbers(args[1])[0] + 1)) + due
            elif command == b"CREDIT":
                limit = max(limit, numbers(args[0])[0])
            elif command == b"REFUSE":
                return args[0].decode()
        while monitor.poll(0):
            event = recv_monitor_message(monitor)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                say(b"HELLO", json.dumps({"version": {"major": 1, "minor": 0}, **stream}).encode())
            elif event in (zmq.EVENT_DISCONNECTED, zmq.EVENT_HANDSHAKE_FAILED_AUTH):
                return "disconnected" if event == zmq.EVENT_DISCONNECTED else "key"
        while due and (spent + len(lines[due[0] - 1]) + 128 <= limit or not unanswered):
            body, spoke = lines[due[0] - 1], time.monotonic()
            say(b"EVENT", u64(due[0]), b"application/vnd.liaison.event+json", body)
            spent += unanswered.add(due.pop(0)) or len(body) + 128
        if limit and time.monotonic() - spoke > beat / 2:
            spoke = say(b"PING", u64(time.time_ns() // 1000)) or time.monotonic()
        if time.monotonic() - heard > 3 * beat:
            return "silent"
    return say(b"BYE") or "done"

while len(decided) < len(lines):
    sock = zmq.Context.instance().socket(zmq.DEALER)
    sock.curve_publickey, sock.curve_secretkey = keys["public"].encode(), keys["secret"].encode()
    sock.curve_serverkey = server_key.encode()
    monitor, before = sock.get_monitor_socket(), len(decided)
    sock.connect(endpoint)
    why = session(sock, monitor)
    sock.close(linger=1000 if why == "done" else 0)
    pause = 1 if len(decided) > before else min(pause * 2, 30)
    if why != "done":
        print("session ended:", why, file=sys.stderr, flush=True)
        time.sleep(PAUSES.get(why, pause))
print(f"{len(decided)} decided, {len(refused)} refused")
