// Seeded data in the shape of openapi.json: a made-up district, its schools, two school years of
// calls, and four open ones. With DATA=<folder of the shared sets> the schools and calls of a
// real city are used instead (see city.mjs).
import { cityCalls, citySchools } from './city.mjs';

export function random(seed) {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

export const CLASSES = [
    ['weapon', 'Weapon'], ['violence', 'Violence'], ['threat', 'Threat'], ['medical', 'Medical'],
    ['missing_person', 'Missing person'], ['welfare', 'Crisis or welfare'], ['disturbance', 'Disturbance'],
    ['drugs_alcohol', 'Drugs or alcohol'], ['suspicious', 'Suspicious'], ['alarm', 'Alarm'], ['traffic', 'Traffic'],
    ['property', 'Property'], ['police_activity', 'Police activity'], ['other', 'Other'],
].map(([code, name], i) => ({ class: code, name, rank: i + 1 }));

export const TYPES = [
    ['WEAPON', 'Weapon', 'weapon', 2], ['FIGHT', 'Fight', 'violence', 9], ['ASSAULT', 'Assault', 'violence', 5],
    ['THREAT', 'Threat', 'threat', 7], ['SICK', 'Sick or injured person', 'medical', 6],
    ['MISSING', 'Missing person', 'missing_person', 4], ['CRISIS', 'Person in crisis', 'welfare', 6],
    ['DISTURB', 'Disturbance', 'disturbance', 18], ['DRUGS', 'Narcotics', 'drugs_alcohol', 4],
    ['SUSPPERS', 'Suspicious person', 'suspicious', 16], ['ALARM', 'Burglar alarm', 'alarm', 8],
    ['COLLISION', 'Traffic collision', 'traffic', 6], ['THEFT', 'Theft', 'property', 12],
    ['TRESPASS', 'Trespass', 'property', 8], ['WARRANT', 'Warrant service', 'police_activity', 2],
].map(([code, name, cls, weight]) => ({ code, name, class: cls, weight }));

export const DISPOSITIONS = [
    ['REPORT', 'Report taken', 40], ['ADVISED', 'Advised or assisted', 30], ['UNFOUNDED', 'Unfounded', 9],
    ['GONE', 'Gone on arrival', 8], ['REFERRED', 'Referred to the school', 7], ['CITED', 'Cited', 3],
    ['ARREST', 'Arrest', 3],
].map(([code, name, weight]) => ({ code, name, weight }));

function pick(list, weight, rnd) {
    const total = list.reduce((s, x) => s + weight(x), 0);
    let at = rnd() * total;
    return list.find((x) => (at -= weight(x)) < 0) ?? list[list.length - 1];
}

const NAMES = ['North', 'Lakeside', 'Cedar', 'Harbor', 'Franklin', 'Meadow', 'Rainier', 'Summit', 'Orchard', 'Ridge',
               'Willow', 'Garfield', 'Beacon', 'Union', 'Alder', 'Juniper'];
const LEVELS = [['Elementary', 'elementary'], ['Middle School', 'middle'], ['High School', 'high']];

function madeSchools(rnd) {
    const schools = [];
    for (const name of NAMES) {
        for (const [kind, level] of LEVELS) {
            const id = schools.length + 1;
            schools.push({
                id, code: `S-${id}`, name: `${name} ${kind}`, level, address: `${100 * id} ${name} St`,
                latitude: 47.61 + (rnd() - 0.5) * 0.2, longitude: -122.33 + (rnd() - 0.5) * 0.12,
                radius_m: 150, campus: null, active: true,
            });
        }
    }
    return schools.sort((a, b) => a.name.localeCompare(b.name));
}

export const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export function makeCall(rnd, school, at, no, more = {}) {
    const type = more.type ?? pick(TYPES, (t) => t.weight, rnd);
    const closed = more.open ? null : iso(at + 60_000 * (12 + Math.floor(rnd() * 90)));
    const none = rnd() < 0.06;
    const d = none || more.open ? null : pick(DISPOSITIONS, (x) => x.weight, rnd);
    const units = more.units ?? (more.open ? ['en_route', 'dispatched'] : ['clear']);
    const distance = Math.round(rnd() * 1400) / 10;
    return {
        agency: 'lakeside-pd', agency_name: 'Lakeside Police', incident: no, status: more.open ? 'open' : 'closed', mode: more.mode ?? 'live',
        opened_at: iso(at), closed_at: closed, updated_at: closed ?? iso(at + 60_000), class: type.class,
        type: { own: type.code, code: type.code, name: type.name },
        priority: { own: '2', common: type.class === 'weapon' ? 10 : 7 },
        address: `${100 * school.id} BLOCK OF ${school.name.split(' ')[0].toUpperCase()} ST`,
        latitude: school.latitude + 0.0003, longitude: school.longitude, place_name: null,
        schools: [{ id: school.id, name: school.name, relation: distance < 60 ? 'at' : 'near', distance_m: distance,
                    method: 'radius', confidence: distance < 60 ? 0.9 : 0.7 }],
        units: units.map((status, i) => ({ id: `2A1${i + 1}`, role: i ? 'patrol' : 'school_officer', status, at: iso(at + 90_000) })),
        dispositions: d ? [{ own: d.code, code: d.code, name: d.name, primary: true }] : [],
        alert: more.alert === undefined ? null : more.alert, held: more.held ?? null, sensitivity: 'open',
    };
}

/* A time on a school day, with peaks in the morning and at noon; sometimes any hour. */
function schoolTime(rnd, dayStart) {
    const hour = rnd() < 0.25 ? rnd() * 24 : rnd() < 0.5 ? 11.5 + (rnd() + rnd()) : 7.5 + rnd() * 8;
    return dayStart + hour * 3_600_000;
}

function madeCalls(rnd, schools, now) {
    const calls = [];
    const weights = new Map(schools.map((s) => [s.id, (s.level === 'high' ? 5 : s.level === 'middle' ? 2.5 : 1) * (0.4 + rnd())]));
    const first = Date.UTC(2025, 7, 25, 7);
    for (let day = first, i = 0; day < now - 86_400_000; day += 86_400_000) {
        const date = new Date(day);
        const away = [6, 7].includes(date.getUTCMonth()) && !(date.getUTCMonth() === 7 && date.getUTCDate() > 24);
        const some = (away ? 0.8 : [0, 6].includes(date.getUTCDay()) ? 1.2 : 5) * rnd() * 1.8;
        for (let n = 0; n < some; n++, i++) {
            const school = pick(schools, (s) => weights.get(s.id), rnd);
            calls.push(makeCall(rnd, school, schoolTime(rnd, day), `P${date.getUTCFullYear()}-${100000 + i}`, { mode: 'backfill' }));
        }
    }
    return calls;
}

export const alerted = (t) => ({ state: 'alerted', alerted_at: iso(t), acknowledged_by: null, acknowledged_at: null, holders: [],
                                 wanting: 1, told: true, waits: [] });

function openCalls(rnd, schools, now) {
    const min = 60_000;
    const type = (code) => TYPES.find((t) => t.code === code);
    const high = schools.filter((s) => s.level === 'high');
    const at = (i) => (high.length ? high : schools)[i % (high.length || schools.length)];
    const held = (t, by) => ({ ...alerted(t), state: 'acknowledged', acknowledged_by: by, acknowledged_at: iso(t + min),
                               holders: [{ name: by, person: 9 }], wanting: 0 });
    return [
        makeCall(rnd, at(1), now - 4 * min, 'P2026-900001', { open: true, type: type('FIGHT'), alert: alerted(now - 4 * min + 1000) }),
        makeCall(rnd, at(3), now - 9 * min, 'P2026-900002', { open: true, type: type('THREAT'), units: ['on_scene', 'en_route'], alert: held(now - 9 * min, 'Sam Ortiz') }),
        makeCall(rnd, at(6), now - 31 * min, 'P2026-900003', { open: true, type: type('COLLISION'), units: ['on_scene'] }),
        makeCall(rnd, at(2), now - 33 * min, 'P2026-900004', { open: true, type: type('THEFT'), held: { why: 'digest', told_at: null, due_at: iso(now + 240 * min) } }),
        makeCall(rnd, at(2), now - 35 * min, 'P2026-900005', { open: true, type: type('DISTURB'), held: { why: 'budget', told_at: iso(now - 30 * min), due_at: null } }),
    ];
}

/* Questions: two open ones, one of a past year, one that nobody answered in time. */
function makeReviews(schools, now) {
    const ask = (number, place_name, left_s, more = {}) => ({
        agency: 'lakeside-pd', agency_name: 'Lakeside Police', incident: `P2026-97000${number}`, state: 'open', mode: 'live',
        asked_at: iso(now - 40_000), due_at: iso(now + left_s * 1000), opened_at: iso(now - 60_000), class: 'disturbance',
        type: 'Fight', sensitivity: 'open', address: '', place_name,
        schools: [{ id: schools[0].id, name: schools[0].name, method: 'name', confidence: 0.5 }], ...more,
    });
    return [
        ask(1, `BUS STOP BY ${schools[0].name.toUpperCase()}`, 45),
        ask(2, '', 160, { address: '400 23RD', type: null, schools: [
            { id: schools[1].id, name: schools[1].name, method: 'address', confidence: 0.6 },
            { id: schools[2].id, name: schools[2].name, method: 'block', confidence: 0.55 }] }),
        ask(3, `${schools[3].name.toUpperCase()} APARTMENTS`, 86_400 * 20, { mode: 'backfill', opened_at: iso(now - 86_400_000 * 300) }),
        ask(4, 'OLD SCHOOL HOUSE', -600, { state: 'expired' }),
        ask(5, `${schools[3].name.toUpperCase()} APARTMENTS`, 86_400 * 21, { mode: 'backfill', opened_at: iso(now - 86_400_000 * 299) }),
    ];
}

export function makeWorld(now = Date.now()) {
    const rnd = random(20150909);
    const real = citySchools();
    const schools = real ?? madeSchools(rnd);
    const past = (real && cityCalls(schools)) ?? madeCalls(rnd, schools, now);
    const recent = Array.from({ length: 9 }, (_, i) =>
        makeCall(rnd, schools[(i * 7) % schools.length], now - (50 + i * 130) * 60_000, `P2026-8000${i}`));
    return {
        rnd,
        now,
        district: {
            id: 1, slug: 'lakeside', name: real ? 'Seattle Public Schools' : 'Lakeside School District',
            zone: 'America/Los_Angeles', hours24: true, hours: { start: '07:30', end: '15:30' }, year_start_month: 8,
        },
        schools,
        calls: [...openCalls(rnd, schools, now), ...recent, ...past],
        agencies: [
            { slug: 'lakeside-pd', name: real ? 'Seattle Police' : 'Lakeside Police', state: 'live', ago: 2,
              proof: { proven_to: '2026-11-23T00:00:00Z', proved_at: '2026-11-23T08:00:04Z', unproven: 41, missing: 0,
                       lost: 0, differing: 0 } },
            { slug: 'lakeside-fire', name: 'Lakeside Fire', state: 'quiet', ago: 340,
              proof: { proven_to: '2026-11-23T00:00:00Z', proved_at: '2026-11-23T08:00:09Z', unproven: 3, missing: 3,
                       lost: 0, differing: 0 } },
            { slug: 'lakeside-past', name: 'Records of past years', state: 'backfill', ago: 86_400 * 3, proof: null },
            { slug: 'harbor-pd', name: 'Harbor Police', state: 'no_key', ago: 86_400 * 90, proof: null },
        ],
        change: 100,
        acked: null, confirmed: null,
        reviews: makeReviews(schools, now),
        decided: [],
    };
}
