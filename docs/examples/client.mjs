// Sends the events of an NDJSON file to a Liaison intake; see client.py, which does the same. After `npm ci`:
//   node client.mjs tcp://HOST:8604 INTAKE_PUBLIC_KEY agency.key events.ndjson [live|replay|backfill]
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer } from "zeromq";

const [endpoint, serverKey, keyFile, path, mode = "backfill"] = process.argv.slice(2);
const key = (name) => readFileSync(keyFile, "utf8").match(new RegExp(`^${name} = (\\S{40})$`, "m"))[1];
const lines = readFileSync(path, "utf8").split(/\r?\n/).filter(Boolean).map((line) => Buffer.from(line));
if (!existsSync(path + ".stream")) writeFileSync(path + ".stream", JSON.stringify({ stream: randomUUID(), epoch: Date.now() * 1000, mode }));
const hello = JSON.stringify({ version: { major: 1, minor: 0 }, ...JSON.parse(readFileSync(path + ".stream")) });
const decided = new Set(), refused = new Set();
const PAUSES = { key: 60, syntax: 60, version: 60, taken: 60, mode: 60, revoked: 60, limit: 60, credit: 5 };
const u64 = (value) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(value)); return b; };
const numbers = (b) => Array.from({ length: b.length / 8 }, (_, i) => Number(b.readBigUInt64BE(i * 8)));
const range = (a, b) => Array.from({ length: b - a + 1 }, (_, i) => a + i);

function session(sock) { // one connection: resolves to why it ended
  let beat = 5000, heard = Date.now(), spoke = 0, due = [], spent = 0, limit = 0;
  let unanswered = new Set(), sending = Promise.resolve(); // one send at a time
  const say = (...frames) => {
    [spoke, sending] = [Date.now(), sending.then(() => sock.send(["LSN\x01", ...frames])).catch(() => {})];
  };
  const decide = (seq) => decided.add(seq) && unanswered.delete(seq);
  const hear = {
    WELCOME(json) {
      const told = JSON.parse(json), wanted = told.wanted.flatMap(([a, b]) => range(a, b));
      if (told.high > lines.length) throw new Error("the file is shorter than what was sent of it");
      range(1, told.high).filter((seq) => !wanted.includes(seq)).forEach(decide);
      [due, beat, limit] = [[...wanted, ...range(told.high + 1, lines.length)], told.heartbeat_ms, told.credit];
    },
    ACK(ranges) {
      const ends = numbers(ranges);
      for (let i = 0; i < ends.length; i += 2) range(ends[i], ends[i + 1]).forEach(decide);
    },
    NAK(number, ...why) {
      if (!refused.has(numbers(number)[0])) console.log("refused", numbers(number)[0], ...why.map(String));
      numbers(number).forEach((seq) => decide(refused.add(seq) && seq));
    },
    AGAIN(first, last) { due = [...range(...numbers(first), ...numbers(last)), ...due]; },
    CREDIT(number) { limit = Math.max(limit, ...numbers(number)); },
  };
  const flow = () => {
    for (let body; (body = lines[due[0] - 1]) && (spent + body.length + 128 <= limit || !unanswered.size);) {
      say("EVENT", u64(due[0]), "application/vnd.liaison.event+json", body);
      spent += unanswered.add(due.shift()) && body.length + 128;
    }
  };
  return new Promise((ended, failed) => {
    const timer = setInterval(() => {
      if (limit && Date.now() - spoke > beat / 2) say("PING", u64(Date.now() * 1000));
      if (Date.now() - heard > 3 * beat) ended("silent");
    }, 200);
    sock.events.on("handshake", () => say("HELLO", hello));
    sock.events.on("disconnect", () => ended("disconnected"));
    sock.events.on("handshake:error:auth", () => ended("key"));
    (async () => {
      for await (const [, command, ...args] of sock) {
        heard = Date.now();
        if (String(command) === "REFUSE") return ended(String(args[0]));
        hear[command]?.(...args);
        flow();
        if (decided.size === lines.length) { say("BYE"); await sending; return ended("done"); }
      }
    })().catch(failed).finally(() => clearInterval(timer));
  });
}

for (let pause = 1; decided.size < lines.length;) {
  const before = decided.size, sock = new Dealer({ curveServerKey: serverKey, linger: 0,
    curvePublicKey: key("public"), curveSecretKey: key("secret") });
  sock.connect(endpoint);
  const why = await session(sock);
  sock.close();
  pause = decided.size > before ? 1 : Math.min(pause * 2, 30);
  if (why !== "done") console.error("session ended:", why) ?? await sleep(1000 * (PAUSES[why] ?? pause));
}
console.log(`${decided.size} decided, ${refused.size} refused`);
