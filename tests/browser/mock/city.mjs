// A real city's schools and calls, read at run time from DATA; the tree does not contain them.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';

const DATA = process.env.DATA ?? '';
const SCHOOLS = join(DATA, 'seattle-schools-2015/sps_school_site_2015_2016.geojson');
const CALLS = join(DATA, 'seattle-911-2015/calls.csv.gz');
const LEVEL = { HS: 'high', 'Option HS': 'high', MS: 'middle', ELEM: 'elementary', 'Option ELEM': 'elementary' };

export function citySchools() {
    if (!DATA || !existsSync(SCHOOLS)) return null;
    return JSON.parse(readFileSync(SCHOOLS, 'utf8')).features
        .map((f, i) => ({
            id: i + 1, code: String(f.id), name: f.properties.PROPERTY_L, level: LEVEL[f.properties.Status] ?? 'other',
            address: null, latitude: f.geometry.coordinates[1], longitude: f.geometry.coordinates[0],
            radius_m: 150, campus: null, active: true,
        }))
        .sort((a, b) => a.name.localeCompare(b.name));
}

const CLASS = [
    [/WEAPON|GUN|DRIVE BY/, 'weapon'], [/ASSAULT|ROBBERY|HOMICIDE/, 'violence'], [/THREAT/, 'threat'],
    [/PERSON DOWN|CASUALT/, 'medical'], [/LOST/, 'missing_person'], [/BEHAV|MENTAL|CRISIS/, 'welfare'],
    [/DISTURB|NUISANCE|NOISE/, 'disturbance'], [/NARC|LIQUOR/, 'drugs_alcohol'], [/SUSP|PROWLER/, 'suspicious'],
    [/ALA/, 'alarm'], [/TRAFFIC|COLLISION|PARKING/, 'traffic'],
    [/BURG|PROWL|PROPERTY|THEFT|TRESPASS|SHOPLIFT|BIKE|FRAUD/, 'property'], [/ARREST|WARRANT/, 'police_activity'],
];

function cells(line) {
    return [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map((m) => m[2] ?? m[1]);
}

function metres(a, b) {
    const x = (a.longitude - b.longitude) * Math.cos((b.latitude * Math.PI) / 180);
    return 111_320 * Math.hypot(x, a.latitude - b.latitude);
}

/* The calls within 150 m of a school, as after a backfill. Times are read as UTC-8. */
export function cityCalls(schools) {
    if (!existsSync(CALLS)) return null;
    const lines = gunzipSync(readFileSync(CALLS)).toString('latin1').split('\n').slice(1);
    const calls = [];
    for (const [i, line] of lines.entries()) {
        const [, description, , group, address, lon, lat, type, , , time] = cells(line.trim());
        const point = { latitude: Number(lat), longitude: Number(lon) };
        const near = schools.map((s) => ({ s, d: metres(point, s) })).filter((x) => x.d <= 150).sort((a, b) => a.d - b.d);
        const t = /^(\d+)\/(\d+)\/(\d+) (\d+):(\d+)$/.exec(time ?? '');
        if (!near.length || !t) continue;
        const at = new Date(Date.UTC(2000 + +t[3], t[1] - 1, +t[2], +t[4] + 8, +t[5])).toISOString().replace('.000', '');
        const code = description.slice(0, 30).replace(/[^A-Z]+/g, '-');
        const title = description.charAt(0) + description.slice(1).toLowerCase();
        calls.push({
            agency: 'lakeside-pd', agency_name: 'Lakeside Police', incident: `d${i}`, status: 'closed', mode: 'backfill', opened_at: at, closed_at: null,
            updated_at: at, class: CLASS.find(([re]) => re.test(group))?.[1] ?? 'other',
            type: { own: type, code: type.slice(0, 30).replace(/[^A-Z]+/g, '-'), name: type.charAt(0) + type.slice(1).toLowerCase() },
            priority: { own: null, common: null }, address, ...point, place_name: null,
            schools: near.map(({ s, d }) => ({ id: s.id, name: s.name, relation: d < 60 ? 'at' : 'near',
                distance_m: Math.round(d), method: 'radius', confidence: d < 60 ? 0.9 : 0.7 })),
            units: [], dispositions: [{ own: description, code, name: title, primary: true }], alert: null, sensitivity: 'open',
        });
    }
    return calls;
}
