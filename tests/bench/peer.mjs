// The peer: a server as a team might write it in Node.js with the npm packages zeromq and pg. It speaks
// enough of docs/protocol.md for the load generator, and stores typed rows in batches by unnest(), with one
// durable commit for each: agency.event alone, or with agency.incident at its latest event, which is correct
// if every event contains the whole incident. It does not place, derive, fence or quarantine.
//   node peer.mjs CONNECTION_JSON SECRET_KEY event|incident
import { createRequire } from "node:module";
const require = createRequire(process.env.PEER_MODULES + "/");
const zmq = require("zeromq");
const pg = require("pg");

const [connection, secret, store_what] = [JSON.parse(process.argv[2]), process.argv[3], process.argv[4]];
const router = new zmq.Router({ curveServer: true, curveSecretKey: secret, sendHighWaterMark: 0,
  receiveHighWaterMark: 0 });
const db = new pg.Client(connection);
const kinds = ["call.received", "incident.opened", "incident.updated", "unit.status", "incident.closed",
  "outcome.recorded"];
const text = (list) => (list?.length ? JSON.stringify(list) : null);
const columns = [
  ["stream_no", "int"], ["seq", "bigint"], ["agency_id", "int"], ["incident_no", "text"],
  ["kind", "smallint"], ["mode", "smallint"], ["occurred_at", "timestamptz"], ["epoch", "bigint"],
  ["event_id", "text"], ["time_quality", "smallint"], ["initiated_by", "smallint"],
  ["received_via", "smallint"], ["call_type", "text"], ["final_type", "text"], ["priority", "text"],
  ["t_received", "timestamptz"], ["t_dispatched", "timestamptz"], ["t_en_route", "timestamptz"],
  ["t_on_scene", "timestamptz"], ["t_closed", "timestamptz"], ["units", "text"],
  ["dispositions", "text"], ["address", "text"], ["latitude", "double precision"],
  ["longitude", "double precision"], ["municipality", "text"], ["cross_streets", "text"],
  ["beat", "text"], ["content_id", "uuid"],
];
const names = columns.map((c) => c[0]);
const unnest = `select * from unnest(${columns.map((c, i) => `$${i + 1}::${c[1]}[]`)}) as u (${names})`;
// Columns that event and incident have in common.
const same = names.filter((n) => !["stream_no", "seq", "kind", "occurred_at", "epoch", "event_id", "time_quality",
  "content_id"].includes(n));
const state = same.filter((n) => !["agency_id", "incident_no"].includes(n));
const alone = `insert into agency.event (${names}) ${unnest} on conflict do nothing`;
const both = `with v as (${unnest}),
  e as (insert into agency.event (${names}) select * from v on conflict do nothing)
  insert into agency.incident as i (${same}, status, first_at, first_epoch, first_seq, version_at, version_epoch,
                                    version_seq)
  select distinct on (agency_id, incident_no) ${same}, case kind when 5 then 2 else 1 end, occurred_at, epoch, seq,
         occurred_at, epoch, seq
    from v order by agency_id, incident_no, occurred_at desc, epoch desc, seq desc
  on conflict (agency_id, incident_no) do update set ${state.map((n) => `${n} = coalesce(excluded.${n}, i.${n})`)},
    status = excluded.status, version_at = excluded.version_at, version_epoch = excluded.version_epoch,
    version_seq = excluded.version_seq, updated_at = now()
    where (excluded.version_at, excluded.version_epoch, excluded.version_seq)
        > (i.version_at, i.version_epoch, i.version_seq)`;
const insert = store_what === "incident" ? both : alone;
const { createHash } = await import("node:crypto");

function row(stream, seq, body) {
  const e = JSON.parse(body), t = e.times ?? {}, p = e.place ?? {};
  const id = createHash("md5").update(body).digest("hex");
  return [stream, seq, 1, e.incident, kinds.indexOf(e.kind) + 1, 1, e.occurred_at, 1, e.event_id, 1, 3, 1,
    e.call_type, e.final_type, e.priority, t.received, t.dispatched, t.en_route, t.on_scene, t.closed,
    text(e.units), text(e.dispositions), p.address, p.latitude, p.longitude, p.municipality,
    p.cross_streets, p.beat, id];
}

const number = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const LSN = Buffer.from("LSN\x01", "latin1");
let waiting = [], wake = null;
const sessions = new Map();

async function store() {
  for (;;) {
    if (waiting.length === 0)
      await new Promise((resolve) => { wake = resolve; });
    const batch = waiting.splice(0, 4096), arrays = columns.map(() => new Array(batch.length));
    batch.forEach((record, i) => row(record.stream, record.seq, record.body)
      .forEach((value, c) => { arrays[c][i] = value ?? null; }));
    await db.query({ name: "insert", text: insert, values: arrays });
    const ranges = new Map();
    for (const { id, seq } of batch) {
      const key = id.toString("hex"), of = ranges.get(key) ?? { id, first: seq, last: seq };
      of.last = seq;
      ranges.set(key, of);
    }
    for (const { id, first, last } of ranges.values())
      await router.send([id, LSN, "ACK", Buffer.concat([number(first), number(last)])]);
  }
}

await db.connect();
await router.bind("tcp://127.0.0.1:*");
console.log(router.lastEndpoint);
store();
for await (const [id, , command, a, , body] of router) {
  const key = id.toString("hex");
  if (command.toString() === "HELLO") {
    sessions.set(key, Math.floor(Math.random() * 2 ** 31));
    await router.send([id, LSN, "WELCOME", JSON.stringify({ credit: 4194304 * 1000 })]);
  } else if (command.toString() === "EVENT") {
    waiting.push({ id, stream: sessions.get(key), seq: Number(a.readBigUInt64BE()), body });
    if (wake) { wake(); wake = null; }
  } else if (command.toString() === "EVENTS") {
    const stream = sessions.get(key);
    let seq = Number(a.readBigUInt64BE());
    for (let at = 0; at < body.length; seq++) {
      const size = body.readUInt32BE(at);
      waiting.push({ id, stream, seq, body: body.subarray(at + 4, at + 4 + size) });
      at += 4 + size;
    }
    if (wake) { wake(); wake = null; }
  }
}
