// The API's answers, computed from the mock data. Counts and lists use the same filter.
import { readFileSync } from 'node:fs';
import { CLASSES, DISPOSITIONS, iso, TYPES } from './data.mjs';

const zoned = (zone) =>
    new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit',
                                       hour: '2-digit', minute: '2-digit', weekday: 'short', hourCycle: 'h23' });
const local = zoned('America/Los_Angeles');
const memory = new Map();

function localOf(at) {
    if (!memory.has(at)) {
        const p = Object.fromEntries(local.formatToParts(new Date(at)).map((x) => [x.type, x.value]));
        memory.set(at, { day: `${p.year}-${p.month}-${p.day}`, time: `${p.hour}:${p.minute}`, weekday: p.weekday });
    }
    return memory.get(at);
}

export function outcomeOf(call) {
    const d = call.dispositions.find((x) => x.primary) ?? call.dispositions[0];
    return d ? (d.code ?? 'unmapped') : 'none';
}

function inSchool(world, call) {
    const { time, weekday } = localOf(call.opened_at);
    const { start, end } = world.district.hours;
    return weekday !== 'Sat' && weekday !== 'Sun' && time >= start && time < end;
}

export function select(world, q) {
    const text = q.get('q')?.toLowerCase();
    const tests = {
        from: (c, v) => localOf(c.opened_at).day >= v,
        to: (c, v) => localOf(c.opened_at).day <= v,
        month: (c, v) => localOf(c.opened_at).day.startsWith(v),
        school: (c, v) => c.schools[0]?.id === Number(v),
        class: (c, v) => c.class === v,
        type: (c, v) => (c.type.code ?? 'unmapped') === v,
        disposition: (c, v) => outcomeOf(c) === v,
        status: (c, v) => c.status === v,
        agency: (c, v) => c.agency === v,
        hours: (c, v) => inSchool(world, c) === (v === 'school'),
        q: (c) => {
            const said = [c.incident, c.address, c.place_name, c.type.name, c.type.own, c.schools[0]?.name].join('\n').toLowerCase();
            return text.trim().split(/\s+/).every((word) => said.includes(word));
        },
    };
    const wanted = Object.keys(tests).filter((k) => q.get(k));
    return world.calls.filter((c) => !c.left && (q.get('status') || c.status !== 'cancelled') && wanted.every((k) => tests[k](c, q.get(k))));
}

const ORDER = {
    opened_at: (c) => c.opened_at, updated_at: (c) => c.updated_at, school: (c) => c.schools[0]?.name ?? '',
    class: (c) => c.class, type: (c) => c.type.name ?? '', status: (c) => c.status, disposition: outcomeOf,
    priority: (c) => c.priority.common ?? -1,
};

export function calls(world, q) {
    const by = ORDER[q.get('sort') ?? 'opened_at'];
    const sign = (q.get('dir') ?? 'desc') === 'asc' ? 1 : -1;
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const found = select(world, q).sort((a, b) => sign * compare(by(a), by(b)) || compare(b.opened_at, a.opened_at));
    const limit = Number(q.get('limit') ?? 50);
    const start = Number(q.get('cursor') ?? 0);
    return { total: found.length, items: found.slice(start, start + limit), next: start + limit < found.length ? String(start + limit) : null };
}

function tallies(found, keyOf, row) {
    const groups = new Map();
    for (const c of found) {
        const key = keyOf(c);
        const g = groups.get(key) ?? { ...row(c), total: 0, outcomes: {} };
        g.total += 1;
        g.outcomes[outcomeOf(c)] = (g.outcomes[outcomeOf(c)] ?? 0) + 1;
        groups.set(key, g);
    }
    return [...groups.values()].sort((a, b) => b.total - a.total);
}

const className = (code) => CLASSES.find((c) => c.class === code)?.name ?? code;

export function outcomes(world, q) {
    const found = select(world, q);
    const month = (c) => localOf(c.opened_at).day.slice(0, 7);
    const byMonth = tallies(found, month, (c) => ({ month: month(c) })).sort((a, b) => (a.month < b.month ? -1 : 1));
    const byClassMonth = tallies(found, (c) => `${c.class} ${month(c)}`, (c) => ({ class: c.class, month: month(c) }))
        .map(({ outcomes: _, ...rest }) => rest).sort((a, b) => (a.month < b.month ? -1 : 1));
    const named = (c) => c.dispositions[0]?.name ?? null;
    const times = found.map((c) => c.opened_at).sort();
    return {
        total: found.length, complete: found.filter((c) => outcomeOf(c) !== 'none').length,
        from: q.get('from'), to: q.get('to'), first_at: times[0] ?? null, last_at: times[times.length - 1] ?? null,
        by_school: tallies(found, (c) => c.schools[0].id, (c) => ({ school: { id: c.schools[0].id, name: c.schools[0].name } })),
        by_class: tallies(found, (c) => c.class, (c) => ({ class: c.class, name: className(c.class) })),
        by_type: tallies(found, (c) => `${c.class} ${c.type.code}`, (c) => ({ type: c.type.code, name: c.type.name, class: c.class })),
        by_month: byMonth, by_class_month: byClassMonth,
        outcomes: tallies(found, outcomeOf, (c) => ({ code: outcomeOf(c), name: named(c) })).map(({ outcomes: _, ...rest }) => rest),
    };
}

const FAILING = { unsent: [['provider', 'email'], ['tried', 'email']], stopped: [['process', null], ['channel', 'webhook']] };

export function now(world) {
    const at = Date.now();
    const empty = world.scenario === 'empty';
    const calls = empty ? [] : world.calls.filter((c) => !c.left);
    const rank = (c) => (c.alert?.state === 'alerted' ? 0 : c.alert ? 1 : 2);
    const open = calls.filter((c) => c.status === 'open').sort((a, b) => rank(a) - rank(b) || (a.opened_at < b.opened_at ? 1 : -1));
    const day = localOf(iso(at)).day;
    const recent = calls.filter((c) => c.status === 'closed' && Date.parse(c.opened_at) > at - 86_400_000)
        .sort((a, b) => (a.opened_at < b.opened_at ? 1 : -1)).slice(0, 200);
    return {
        as_of: iso(at), alerts_failing: (FAILING[world.scenario] ?? []).map(([check, channel]) => ({ check, channel })),
        alerts_working: world.scenario === 'unsent' ? ['sms'] : ['email', 'sms'], open_calls: open.length, open_schools: new Set(open.map((c) => c.schools[0].id)).size,
        quiet_since: recent[0]?.closed_at ?? null,
        agencies: world.agencies.map(({ ago, ...a }) => {
            const cut = world.scenario === 'cut' && a.slug === 'lakeside-pd';
            return { ...a, state: cut ? 'cut_off' : a.state, connected: !cut && a.state === 'live',
                     last_heard_at: iso(at - (cut ? 2_400 : ago) * 1000) };
        }),
        schools: world.schools.filter((s) => s.active).map(({ code: _c, address: _a, campus: _p, active: _x, ...s }) => {
            const mine = calls.filter((c) => c.schools[0]?.id === s.id && c.status !== 'cancelled');
            return { ...s, open: mine.filter((c) => c.status === 'open').length,
                     today: mine.filter((c) => localOf(c.opened_at).day === day).length,
                     last_call_at: mine.map((c) => c.opened_at).sort().pop() ?? null };
        }),
        open, recent,
    };
}

export function detail(call) {
    const at = Date.parse(call.opened_at);
    const line = [{ at: call.opened_at, source: 'dispatch', kind: 'received', via: '911' }];
    for (const u of call.units) if (u.at) line.push({ at: u.at, source: 'dispatch', kind: u.status, unit: u.id });
    const deliveries = [];
    if (call.alert) {
        line.push({ at: call.alert.alerted_at, source: 'alert', kind: 'alerted', school: call.schools[0]?.name ?? call.left });
        const person = { name: 'Sam Ortiz', role: 'principal' };
        deliveries.push(
            { channel: 'sms', kind: 'first', step: 1, to: person, state: 'delivered', at: iso(at + 3000), due_at: null, why: null, quiet: false, attempts: 1 },
            { channel: 'email', kind: 'first', step: 1, to: person, state: 'sent', at: iso(at + 4000), due_at: null, why: null, quiet: false, attempts: 2 },
            { channel: 'sms', kind: 'first', step: 2, to: { name: 'Ana Lind', role: 'assistant principal' }, state: 'failed', at: iso(at + 60_000), due_at: null, why: null, quiet: false, attempts: 3 },
            { channel: 'sms', kind: 'first', step: 3, to: { name: 'Lee Park', role: 'assistant_principal' },
              ...(call.alert.state === 'acknowledged' || call.status !== 'open' ? { state: 'cancelled', due_at: null, why: call.alert.state === 'acknowledged' ? 'acknowledged' : 'closed' }
                : { state: 'queued', due_at: iso(Date.now() + 240_000), why: null }),
              at: iso(at + 3000), quiet: false, attempts: 0 });
        if (call.alert.waits.length)
            for (const d of deliveries.slice(0, 3)) Object.assign(d, { state: 'queued', due_at: call.alert.waits[0].until, quiet: true, attempts: 0 });
        for (const s of call.log ?? []) line.push({ ...s, source: 'person', kind: s.kind === 'has' ? 'acknowledged' : s.kind });
    }
    if (call.closed_at) line.push({ at: call.closed_at, source: 'dispatch', kind: 'closed' });
    return { call, left_out: call.left ? 'moved_away' : null, merged_into: null, timeline: line.sort((a, b) => (a.at < b.at ? -1 : 1)), deliveries, outcomes: [],
        alerts: call.alert ? [{ id: 7, school: call.schools[0]?.name ?? call.left, over: call.status !== 'open', ...saidOf(call, 'Dana Reyes') }] : [] };
}

export function codes(world) {
    const found = new Map(DISPOSITIONS.map((d) => [d.code, { code: d.code, name: d.name }]));
    const types = new Map(TYPES.map((t) => [t.code, { code: t.code, name: t.name, class: t.class }]));
    for (const c of world.calls) {
        const d = c.dispositions[0];
        if (d?.code) found.set(d.code, { code: d.code, name: d.name });
        if (c.type.code) types.set(c.type.code, { code: c.type.code, name: c.type.name, class: c.class });
    }
    return { classes: CLASSES, types: [...types.values()], dispositions: [...found.values()] };
}

export function publicYear(world) {
    const { slug, name } = world.district;
    const base = { district: { slug, name },
        definition: 'Calls to which police were sent at a school of the district in the school year. A call counts once, at the school where it was placed first. Calls that a police agency entered in error are left out.' };
    if (world.scenario === 'empty') return { ...base, year: null, published: [], withheld: [] };
    const last = world.calls.filter((c) => c.mode === 'backfill').map((c) => c.opened_at).sort().pop() ?? '2026';
    const y = last.slice(0, 4) === '2015' ? 2014 : 2025;
    const q = new URLSearchParams({ from: `${y}-08-01`, to: `${y + 1}-07-31` });
    const all = outcomes(world, q).by_class;
    const published = all.filter((c) => c.total >= 10).map((c) => ({ class: c.class, name: c.name, calls: c.total }));
    return { ...base, published,
        year: { school_year: `${y}–${(y + 1) % 100}`, from_day: `${y}-08-01`, to_day: `${y + 1}-07-31`, threshold: 10, published_at: `${y + 1}-08-02T09:00:00Z` },
        withheld: CLASSES.filter((c) => !published.some((p) => p.class === c.class)).map((c) => ({ class: c.class, name: c.name })) };
}

/* What was said of a call's alert, as the person of that name reads it. */
function saidOf(call, name) {
    const log = call.log ?? [];
    const last = log.filter((s) => s.kind !== 'comment').pop();
    const people = [{ id: 11, name: 'Sam Ortiz', role: 'principal' }, { id: 12, name: 'Lee Park', role: 'assistant_principal' }];
    const yours = last?.kind === 'has' && last.by === name;
    return { yours, handed_by: last?.kind === 'handed_over' && last.to.name === name ? last.by : null,
        people: yours ? people.filter((p) => p.name !== name) : [], log };
}

export function ack(world) {
    const call = world.calls[0];
    const { alert } = call;
    return {
        district: { name: world.district.name, zone: world.district.zone, hours24: world.district.hours24 }, school: call.schools[0]?.name ?? call.left,
        what: call.type.name, where: call.address, when: call.opened_at, call: call.left ? 'moved_away' : call.status,
        state: alert?.state === 'acknowledged' ? 'acknowledged' : 'open', acknowledged_by: alert?.acknowledged_by ?? null,
        acknowledged_at: alert?.acknowledged_at ?? null, holders: alert?.holders ?? [], wanting: alert?.wanting ?? 0, you: { name: 'Sam Ortiz', role: 'principal' }, calls: null, units: call.units.length,
        on_scene: call.units.filter((u) => u.status === 'on_scene').length,
        en_route: call.units.filter((u) => u.status === 'en_route').length,
        told: [{ to: { name: 'Dana Reyes', role: 'safety director' }, state: 'delivered', waits_until: null },
               { to: { name: 'Ana Lind', role: 'assistant principal' }, state: alert?.waits.length ? 'queued' : 'failed', waits_until: alert?.waits[1]?.until ?? null },
               { to: { name: 'Lee Park', role: 'assistant_principal' }, state: alert?.state === 'acknowledged' ? 'cancelled' : 'queued', waits_until: null }],
        ...saidOf(call, 'Sam Ortiz'),
    };
}

/* The link of a summary: the calls that were not told one by one. */
export function storm(world) {
    const list = world.calls.slice(0, 6).map((c, i) => ({ what: i % 3 === 2 ? null : c.type.name, when: c.opened_at, call: i % 2 ? 'closed' : 'open' }));
    return { ...ack(world), what: null, where: null, call: 'open', units: 0, on_scene: null, en_route: null, log: [], calls: { count: 17, list } };
}

const ALARM_LINES = new URL('../../unit/fixtures/alarm_lines.json', import.meta.url);

/* The examples of what an alarm says, with times of today. */
function findings(which) {
    const today = (minutes) => iso(Date.now() - minutes * 60_000);
    const all = JSON.parse(readFileSync(ALARM_LINES, 'utf8')).map((e) => ({
        ...e.finding, at: today(9), since: e.finding.since && today(7), ended: e.finding.ended && today(2) }));
    const open = all.filter((f) => !f.well && !f.notice);
    const over = all.filter((f) => f.well && !f.gone);
    if (which.includes('over')) return over.slice(11, 13);
    if (which.includes('many')) return [...open.slice(0, 11), open.find((f) => f.hidden), ...over.slice(0, 3)];
    return [open.find((f) => f.check === 'tried'), open.find((f) => f.hidden), over[0]];
}

/* which: 'drill', 'alarm', 'alarm-over' or 'alarm-many' */
export function confirm(world, which) {
    const drill = which.includes('drill');
    const found = drill ? [] : findings(world.scenario === 'recovered' ? 'over' : which);
    return {
        district: { name: world.district.name, zone: world.district.zone, hours24: world.district.hours24 }, kind: drill ? 'drill' : 'alarm', school: drill ? world.calls[0].schools[0].name : null,
        began_at: iso(Date.now() - 240_000), open: found.filter((f) => !f.well).length, findings: found, name: 'Sam Ortiz',
        confirmed_by: world.confirmed ? 'Sam Ortiz' : null, confirmed_at: world.confirmed ?? null,
    };
}

export function reviews(world, others = null) {
    return { as_of: iso(Date.now()), open: world.reviews.filter((r) => r.state === 'open').length, others, items: world.reviews };
}
