// A drawing of the schools at their true positions, with a grid of kilometres and without map tiles. The list
// beside it has the same content, for keyboards and screen readers.
import { geoMercator, type GeoProjection } from 'd3-geo';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { go } from '../lib/router';
import type { Call, SchoolNow } from '../lib/types';
import { hold, type Hold } from '../lib/words';

const URGENCY: Hold[] = ['nobody', 'some', 'somebody', 'held', 'untold', 'over'];
const KM_PER_DEGREE = 111.32;

/* Each school's most urgent open call. */
export function holdsOf(open: Call[]): Map<number, Hold> {
    const holds = new Map<number, Hold>();
    for (const call of open) {
        for (const school of call.schools) {
            const mine = hold(call);
            const other = holds.get(school.id);
            if (!other || URGENCY.indexOf(mine) < URGENCY.indexOf(other)) holds.set(school.id, mine);
        }
    }
    return holds;
}

interface Placed {
    school: SchoolNow;
    x: number;
    y: number;
}

function project(schools: SchoolNow[], width: number, height: number): [GeoProjection, Placed[]] {
    const points = schools.map((s) => [s.longitude, s.latitude] as [number, number]);
    const margin = 26;
    const projection = geoMercator();
    if (points.length > 1) {
        projection.fitExtent(
            [
                [margin, margin],
                [width - margin, height - margin],
            ],
            { type: 'MultiPoint', coordinates: points },
        );
        projection.scale(Math.min(projection.scale(), 2_500_000));
    } else if (points[0]) {
        projection.center(points[0]).scale(1_500_000).translate([width / 2, height / 2]);
    }
    const placed = schools.map((school) => {
        const [x, y] = projection([school.longitude, school.latitude]) ?? [0, 0];
        return { school, x, y };
    });
    return [projection, placed];
}

/* Distance between grid lines, in kilometres and in units of the drawing. */
function grid(projection: GeoProjection, schools: SchoolNow[], width: number, height: number) {
    const lat = schools.reduce((sum, s) => sum + s.latitude, 0) / Math.max(1, schools.length);
    const lon = schools[0]?.longitude ?? 0;
    const a = projection([lon, lat]) ?? [0, 0];
    const b = projection([lon, lat + 1 / KM_PER_DEGREE]) ?? [0, 1];
    const perKm = Math.abs(b[1] - a[1]) || 1;
    const km = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((k) => k * perKm >= 56) ?? 100;
    const step = km * perKm;
    const along = (length: number) => Array.from({ length: Math.ceil(length / step) }, (_, i) => (i + 0.5) * step);
    return { km, step, xs: along(width), ys: along(height), perKm };
}

function Shape({ at, state }: { at: Placed; state: Hold | undefined }) {
    const { x, y, school } = at;
    if (state === 'nobody') {
        return <rect x={x - 8} y={y - 8} width="16" height="16" class="map-nobody" />;
    }
    if (state === 'some') {
        return (
            <>
                <rect x={x - 8} y={y - 8} width="16" height="16" class="map-untold" />
                <path d={`M${x - 4} ${y + 0.3}l3 3 5.4-6`} class="map-tick map-tick-ink" />
            </>
        );
    }
    if (state === 'somebody') {
        return (
            <>
                <circle cx={x} cy={y} r="8.5" class="map-somebody" />
                <path d={`M${x - 4} ${y + 0.3}l3 3 5.4-6`} class="map-tick" />
            </>
        );
    }
    if (state === 'held') {
        return (
            <>
                <circle cx={x} cy={y} r="8" class="map-untold" />
                <circle cx={x} cy={y} r="2.6" class="map-held" />
            </>
        );
    }
    if (state === 'untold') return <circle cx={x} cy={y} r="8" class="map-untold" />;
    const r = school.level === 'high' ? 5 : school.level === 'elementary' ? 2.6 : 3.8;
    return <circle cx={x} cy={y} r={r} class="map-quiet" />;
}

const LETTER = 7.6; // average width of a letter, in pixels, at the label's size

const shortName = (s: SchoolNow) => s.name.replace(/ School$/, '');

/* The name, or as many of its first words as there is room for. */
function cut(name: string, room: number): string {
    const most = Math.floor(room / LETTER);
    if (name.length <= most) return name;
    const words = name.slice(0, Math.max(1, most - 1));
    return `${(name[words.length] === ' ' ? words : words.replace(/ \S*$/, '')).replace(/[\s,.]+$/, '')}…`;
}

interface Box {
    left: number;
    right: number;
    top: number;
    bottom: number;
}

const meet = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const boxOf = (p: Placed, r: number): Box => ({ left: p.x - r, right: p.x + r, top: p.y - r, bottom: p.y + r });

interface Label extends Placed {
    name: string;
    ly: number;
    left: boolean;
    box: Box;
}

const BESIDE = 13; // from the middle of a mark to its label
const EDGE = 6;

/* Positions for a label, best first: beside its school where there is more room, on the other side, one line higher or
 * lower. A name that has no room is cut. */
function places(p: Placed, width: number): Label[] {
    const full = shortName(p.school);
    const rooms = { right: width - EDGE - p.x - BESIDE, left: p.x - BESIDE - EDGE };
    const fits = (room: number) => full.length * LETTER <= room;
    const first = fits(rooms.right) || rooms.right >= rooms.left ? 'right' : 'left';
    const other = first === 'right' ? 'left' : 'right';
    const sides = fits(rooms[other]) && fits(rooms[first]) ? [first, other] : [first];
    return [0, 17, -17, 34, -34].flatMap((dy) =>
        sides.map((side) => {
            const ly = p.y + 5 + dy;
            const name = cut(full, rooms[side as 'left' | 'right']);
            const length = name.length * LETTER;
            const from = side === 'left' ? p.x - BESIDE - length : p.x + BESIDE;
            return { ...p, name, ly, left: side === 'left', box: { left: from, right: from + length, top: ly - 12, bottom: ly + 5 } };
        }),
    );
}

/* Labels of schools with open calls, placed where they cover the fewest other labels and marks. `fixed` is what no
 * label should cover either. */
function labels(placed: Placed[], busy: Placed[], width: number, height: number, fixed: Box[]): Label[] {
    const done: Label[] = [];
    for (const p of [...busy].sort((a, b) => a.y - b.y)) {
        const marks = placed.filter((o) => o.school.id !== p.school.id).map((o) => boxOf(o, busy.includes(o) ? 9 : 5));
        const covered = (at: Label) =>
            marks.filter((m) => meet(at.box, m)).length + 3 * [...fixed, ...done.map((d) => d.box)].filter((b) => meet(at.box, b)).length +
            (at.box.top < 0 || at.box.bottom > height ? 9 : 0);
        done.push(places(p, width).reduce((best, at) => (covered(at) < covered(best) ? at : best)));
    }
    return done;
}

export function CampusMap({ schools, open, tall }: { schools: SchoolNow[]; open: Call[]; tall?: boolean }) {
    const box = useRef<HTMLDivElement>(null);
    const [width, setWidth] = useState(380);
    useEffect(() => {
        const el = box.current;
        if (!el) return;
        const watch = new ResizeObserver(() => setWidth(Math.max(240, Math.round(el.clientWidth))));
        watch.observe(el);
        return () => watch.disconnect();
    }, []);
    const height = tall ? Math.round(Math.min(560, width * 1.25)) : Math.round(width * 0.8);
    const [projection, placed] = useMemo(() => project(schools, width, height), [schools, width, height]);
    const holds = holdsOf(open);
    const lines = grid(projection, schools, width, height);
    const order = (p: Placed) => URGENCY.length - 1 - URGENCY.indexOf(holds.get(p.school.id) ?? 'over');
    const sorted = [...placed].sort((a, b) => order(a) - order(b));
    const busy = placed.filter((p) => holds.has(p.school.id));
    const fixed: Box[] = [
        { left: width - 28, right: width, top: 4, bottom: 50 }, // the arrow to the north
        { left: 8, right: lines.step + 70, top: height - 28, bottom: height }, // the scale
    ];
    return (
        <div ref={box} class="map" aria-hidden="true">
            <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
                <g class="map-grid">
                    {lines.xs.map((x) => (
                        <line key={`x${x}`} x1={x} x2={x} y1="0" y2={height} />
                    ))}
                    {lines.ys.map((y) => (
                        <line key={`y${y}`} x1="0" x2={width} y1={y} y2={y} />
                    ))}
                </g>
                {sorted.map((p) => (
                    <g
                        key={p.school.id}
                        class="map-school"
                        onClick={() => go(`/calls?school=${p.school.id}`)}
                    >
                        <title>{p.school.name}</title>
                        <circle cx={p.x} cy={p.y} r="12" class="map-hit" />
                        <Shape at={p} state={holds.get(p.school.id)} />
                    </g>
                ))}
                {labels(placed, busy, width, height, fixed).map((p) => (
                    <text
                        key={p.school.id}
                        x={p.left ? p.x - BESIDE : p.x + BESIDE}
                        y={p.ly}
                        class="map-label"
                        text-anchor={p.left ? 'end' : 'start'}
                    >
                        {p.name}
                    </text>
                ))}
                <g class="map-scale" transform={`translate(12 ${height - 14})`}>
                    <path d={`M0 -5V0H${lines.step}V-5`} />
                    <text x={lines.step + 6} y="1">
                        {lines.km < 1 ? `${lines.km * 1000} m` : `${lines.km} km`}
                    </text>
                </g>
                <g class="map-scale" transform={`translate(${width - 16} 30)`}>
                    <path d="M0 0V-18M-4 -12L0 -18L4 -12" />
                    <text x="0" y="14" text-anchor="middle">
                        N
                    </text>
                </g>
            </svg>
        </div>
    );
}
