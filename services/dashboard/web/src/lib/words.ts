// The field's words for codes and states. Every sentence of the page that is not the server's.
import { useEffect, useState } from 'preact/hooks';
import { api } from './api';
import { onForget } from './forget';
import type { Call, Codes, Delivery, DeliveryState, PlacedSchool, School, Unit } from './types';

/* Code lists and schools are read once for each sign-in. */
let codes: Codes | null = null;
let schools: School[] | null = null;
let pending: Promise<void> | null = null;

onForget(() => {
    codes = null;
    schools = null;
    pending = null;
});

export interface Lists {
    codes: Codes | null;
    schools: School[] | null;
}

export function useLists(): Lists {
    const [lists, setLists] = useState<Lists>({ codes, schools });
    useEffect(() => {
        if (codes && schools) return;
        pending ??= Promise.all([api.codes(), api.schools()]).then(([c, s]) => {
            codes = c;
            schools = s;
        });
        let gone = false;
        pending.then(
            () => !gone && setLists({ codes, schools }),
            () => (pending = null),
        );
        return () => {
            gone = true;
        };
    }, []);
    return lists;
}

export const plural = (n: number, one: string, many = `${one}s`) => `${figure(n)}\u00a0${n === 1 ? one : many}`;

const figures = new Intl.NumberFormat('en-US');
export const figure = (n: number) => figures.format(n);

export function percent(part: number, whole: number): string {
    if (whole === 0) return '0\u00a0%';
    const share = (100 * part) / whole;
    if (part > 0 && share < 1) return 'under 1\u00a0%';
    if (part < whole && share > 99) return 'over 99\u00a0%';
    return `${Math.round(share)}\u00a0%`;
}

const upperFirst = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

export function className(code: string): string {
    return codes?.classes.find((c) => c.class === code)?.name ?? upperFirst(code.replace(/[_-]/g, ' '));
}

/* What happened, in a few words: the common name, else the agency's own code as it stands. */
export function what(call: Call): string {
    return call.type.name ?? call.type.own ?? className(call.class);
}

/* It was at a school and is not any more: somebody else's call. Its place and units are withheld, which is not
 * the same as none, and it asks for nothing. */
export const isAway = (call: Call) => call.schools.length === 0;

export function where(call: Call): string {
    const first = call.schools[0];
    if (!first) return 'no longer at a school';
    return `${relationWord(first)} ${first.name}`;
}

/* Where, beyond the name of the school that already stands beside it. */
export function place(call: Call): string | null {
    const name = call.place_name;
    const school = call.schools[0]?.name;
    return name && name.toLowerCase() !== school?.toLowerCase() ? name : call.address;
}

/* A role as the district's list has it: 'safety_director' is two words. */
export const roleName = (role: string) => role.replace(/_/g, ' ');

const RELATIONS: Record<PlacedSchool['relation'], string> = {
    at: 'at',
    next_to: 'next to',
    near: 'near',
    zone: 'in the school zone of',
    transport: 'on the way to or from',
    function: 'at a function of',
    elsewhere: 'away from',
    uncertain: 'possibly at',
};
export const relationWord = (s: PlacedSchool) => RELATIONS[s.relation];

export function metres(m: number): string {
    return m < 1000 ? `${Math.round(m)}\u00a0m` : `${(m / 1000).toFixed(1)}\u00a0km`;
}

export function howSure(s: PlacedSchool): string {
    if (s.relation === 'uncertain') return 'Place uncertain: nobody said in time where the call is.';
    const word = s.confidence >= 0.85 ? 'Sure' : s.confidence >= 0.6 ? 'Likely' : 'Unsure';
    const distance = s.distance_m === null ? '' : `, ${metres(s.distance_m)} from it`;
    const by: Record<PlacedSchool['method'], string> = {
        campus: 'the point lies on the campus',
        radius: `the point lies within the campus radius${distance}`,
        address: 'the address is one of the school’s',
        name: 'the place name is one of the school’s',
        block: 'the block is the one of the school’s address',
        corner: 'the corner is one of the school’s',
        spelling: 'the place name is nearly one of the school’s',
        person: 'a person decided it',
    };
    return `${word} (${Math.round(s.confidence * 100)} %): ${by[s.method]}.`;
}

const UNIT_STATES: Record<NonNullable<Unit['status']>, string> = {
    dispatched: 'sent',
    en_route: 'on the way',
    on_scene: 'on scene',
    clear: 'clear',
};

export function units(call: Call): string {
    const count = (...wanted: Unit['status'][]) => call.units.filter((u) => wanted.includes(u.status)).length;
    const there = count('on_scene');
    const coming = count('dispatched', 'en_route');
    const parts: string[] = [];
    if (there) parts.push(`${plural(there, 'unit')} on scene`);
    if (coming) parts.push(there ? `${figure(coming)} on the way` : `${plural(coming, 'unit')} on the way`);
    if (parts.length) return parts.join(', ');
    if (isAway(call)) return '';
    if (call.units.length) return call.status === 'open' ? 'units are clear' : plural(call.units.length, 'unit');
    return call.status === 'open' ? 'no unit yet' : '';
}

export const unitState = (u: Unit) => (u.status ? UNIT_STATES[u.status] : 'state not given');
export const unitRole = (u: Unit) => (u.role === 'school_officer' ? 'school officer' : (u.role ?? ''));

export type Hold = 'nobody' | 'somebody' | 'untold' | 'over';

/* Who has it, as one of four; decides mark, order and act. */
export function hold(call: Call): Hold {
    if (call.status !== 'open' || isAway(call)) return 'over';
    if (!call.alert) return 'untold';
    return call.alert.state === 'acknowledged' ? 'somebody' : 'nobody';
}

export function primaryOutcome(call: Call): string {
    if (isAway(call)) return 'No longer at a school';
    const d = call.dispositions.find((x) => x.primary) ?? call.dispositions[0];
    if (!d) return call.status === 'open' ? 'Still open' : 'Nothing recorded';
    return d.name ?? d.own;
}

export const STATUS: Record<Call['status'], string> = { open: 'Open', closed: 'Closed', cancelled: 'Entered in error' };

export const MODE: Record<Call['mode'], string> = { live: '', replay: 'Replay', backfill: '' };

export const DELIVERY: Record<DeliveryState, string> = {
    queued: 'not sent yet',
    sending: 'going out',
    sent: 'sent',
    delivered: 'delivered',
    failed: 'could not be sent',
    unknown: 'sent, arrival not confirmed',
    cancelled: 'not needed',
};

/* What that means for somebody who wonders whether it is a fault: it is none. */
export const NOT_NEEDED: Record<NonNullable<Delivery['why']>, string> = {
    acknowledged: 'Not sent, because somebody had said “I have this” before its time came.',
    closed: 'Not sent, because the agency had closed the call before its time came.',
    withdrawn: 'Not sent, because the call did not stand.',
    nothing_new: 'Not sent, because it would have said nothing new.',
    not_for_them: 'Not sent, because messages about this call no longer go to this person.',
};

export const KIND: Record<Delivery['kind'], string> = {
    first: 'first message',
    update: 'update',
    closed: 'word that it is over',
    correction: 'correction',
};

export const CHANNEL = { email: 'E-mail', sms: 'Text' };
export const LEVEL: Record<string, string> = {
    elementary: 'elementary',
    middle: 'middle',
    high: 'high',
    k8: 'K–8',
    k12: 'K–12',
    other: 'other',
};

export const callUrl = (c: { agency: string; incident: string }) =>
    `/calls/${encodeURIComponent(c.agency)}/${encodeURIComponent(c.incident)}`;
export const callKey = (c: { agency: string; incident: string }) => `${c.agency}/${c.incident}`;

/* 'a, b and c' */
export function list(parts: string[]): string {
    if (parts.length < 2) return parts.join('');
    return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}
