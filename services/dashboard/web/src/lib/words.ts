// Texts for codes, states and figures, from the catalogue.
import { useEffect, useState } from 'preact/hooks';
import { api } from './api';
import { atTime, spell } from './clock';
import { onForget } from './forget';
import { count, figure, say } from './say';
import type { Ack, Call, CallAlert, Codes, Contact, Holder, Outcomes, PlacedSchool, School, Unit } from './types';

/* Code lists and schools are loaded once for each sign-in. */
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

export function percent(part: number, whole: number): string {
    if (whole === 0) return say('percent', { n: 0 });
    const share = (100 * part) / whole;
    if (part > 0 && share < 1) return say('percent.under_one');
    if (part < whole && share > 99) return say('percent.over_99');
    return say('percent', { n: Math.round(share) });
}

export const upperFirst = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

export function className(code: string): string {
    return codes?.classes.find((c) => c.class === code)?.name ?? upperFirst(code.replace(/[_-]/g, ' '));
}

/* A call without a name, in the words of messages: only what may be named is another one. */
const noName = (secret: boolean) => upperFirst(say(secret ? 'message.call' : 'message.other'));

/* What a call is: its type, or else its class. The agency's own code is no name. */
export function whatOf(type: string | null, of: Pick<Call, 'class' | 'sensitivity'>): string {
    return type ?? (of.class === 'other' ? noName(of.sensitivity !== 'open') : className(of.class));
}

export const what = (call: Call) => whatOf(call.type.name, call);

/* Whether the call was at a school and has moved away. Then the API withholds its place and units, and nobody has to
 * act on it. */
export const isAway = (call: Call) => call.schools.length === 0;

export const relationWord = (s: PlacedSchool) => say(`relation.${s.relation}`);

export function where(call: Call): string {
    const first = call.schools[0];
    if (!first) return say('call.no_school');
    return say('call.place', { relation: relationWord(first), school: first.name });
}

export const whatWhere = (call: Call) => say('call.what_where', { what: what(call), where: where(call) });

/* The name of the place. If that is the school's name, which the page shows already: the address. */
export function place(call: Call): string | null {
    const name = call.place_name;
    const school = call.schools[0]?.name;
    return name && name.toLowerCase() !== school?.toLowerCase() ? name : call.address;
}

/* The title of a contact: 'safety_director' becomes two words. */
export const roleName = (role: string) => role.replace(/_/g, ' ');

/* Who said something, with the title of a contact. */
export const whoSaid = (by: string, role: string | null) => (role ? say('said.who', { name: by, role: roleName(role) }) : by);

/* Name and title of a contact. null: the contact is no longer in the list. */
export const contactName = (contact: Contact | null) => contact?.name ?? say('contact.former');
export const contactRole = (contact: Contact | null) => (contact ? roleName(contact.role) : say('contact.former_role'));

export function metres(m: number): string {
    return m < 1000 ? say('metres', { n: Math.round(m) }) : say('kilometres', { n: (m / 1000).toFixed(1) });
}

export function howSure(s: PlacedSchool): string {
    if (s.relation === 'uncertain') return say('sure.uncertain');
    const sure = say(s.confidence >= 0.85 ? 'sure.high' : s.confidence >= 0.6 ? 'sure.middle' : 'sure.low');
    const found = say(`method.${s.method}`);
    const method =
        s.method === 'radius' && s.distance_m !== null
            ? say('sure.at_distance', { method: found, distance: metres(s.distance_m) })
            : found;
    return say('sure.because', { sure, percent: Math.round(s.confidence * 100), method });
}

const ACTIVE = ['on_scene', 'en_route', 'dispatched'] as const;
export type Active = Record<(typeof ACTIVE)[number], number>;

export function activeUnits(call: Call): Active {
    const number = (status: Unit['status']) => call.units.filter((u) => u.status === status).length;
    return { on_scene: number('on_scene'), en_route: number('en_route'), dispatched: number('dispatched') };
}

/* '1 unit on scene, 2 on the way, 1 sent'; empty: there is none. first makes the words of the first number. */
export function unitsSaid(active: Active, first = (n: number) => count('unit', n), further = figure): string {
    return ACTIVE.filter((state) => active[state])
        .map((state, i) => say(`units.${state}`, { units: (i ? further : first)(active[state]) }))
        .join(', ');
}

export function units(call: Call): string {
    const active = unitsSaid(activeUnits(call));
    if (active) return active;
    if (isAway(call)) return '';
    if (call.units.length) return call.status === 'open' ? say('units.clear') : count('unit', call.units.length);
    return call.status === 'open' ? say('units.none') : '';
}

export const unitState = (u: Unit) => (u.status ? say(`unit.status.${u.status}`) : say('unit.no_status'));
export const unitRole = (u: Unit) => (u.role ? say(`unit.role.${u.role}`) : '');

export type Hold = 'nobody' | 'some' | 'somebody' | 'held' | 'untold' | 'over';

/* Whether somebody has acknowledged the call (some: and more people are asked). This decides its mark and its order. */
export function hold(call: Call): Hold {
    if (call.status !== 'open' || isAway(call)) return 'over';
    if (!call.alert) return call.held ? 'held' : 'untold';
    if (call.alert.state === 'acknowledged') return 'somebody';
    return call.alert.holders.length ? 'some' : 'nobody';
}

/* Whether this person may still take the call. */
export const asks = (call: Call, person: number) =>
    ['nobody', 'some'].includes(hold(call)) && !call.alert?.holders.some((h) => h.person === person);

/* 'Ana Ruiz has it', 'Ana Ruiz and Bea Vice have it'; '': nobody has it. */
export function haveIt(holders: Pick<Holder, 'name'>[]): string {
    if (!holders.length) return '';
    return say(holders.length === 1 ? 'holder.one' : 'holder.other', { names: list(holders.map((h) => h.name)) });
}

/* Who has a call, and how many more people are asked. */
export function standing(call: Call): string[] {
    if (hold(call) === 'nobody') return [say('hold.nobody')];
    const alert = call.alert;
    if (!alert) return [];
    return [haveIt(alert.holders) || say('hold.somebody'), ...(alert.wanting ? [count('more_asked', alert.wanting)] : [])];
}

/* Whose messages wait for the end of quiet hours, and until when: a sentence for each such time. */
export function waitSays(waits: CallAlert['waits']): string[] {
    return [...new Set(waits.map((w) => w.until))].map((until) => {
        const names = waits.filter((w) => w.until === until).map((w) => contactName(w.to));
        return say(names.length === 1 ? 'alerted.waits.one' : 'alerted.waits.other', { names: list(names), when: atTime(until) });
    });
}

/* '09:02 to 09:40', of times in any order. */
export function fromTo(times: string[]): string {
    const sorted = [...times].sort();
    const from = spell(sorted[0] ?? '');
    const to = spell(sorted[sorted.length - 1] ?? '');
    return from === to ? from : say('time.from_to', { from, to });
}

/* 'Fight (3)', in the order in which they come. */
export function tally(names: string[]): string[] {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].map(([what, n]) => (n > 1 ? say('message.summary.part', { what, n: figure(n) }) : what));
}

/* Whether people were told of a call that has no alert of its own, or what it waits for. */
export function heldSays(held: NonNullable<Call['held']>): string {
    if (held.why === 'folded') return say('held.folded');
    if (held.told_at) return say(`held.told.${held.why}`, { when: atTime(held.told_at) });
    if (held.due_at) return say('held.digest_due', { when: atTime(held.due_at) });
    return say(`held.${held.why}`);
}

export function primaryOutcome(call: Call): string {
    if (isAway(call)) return say('outcome.away');
    const d = call.dispositions.find((x) => x.primary) ?? call.dispositions[0];
    if (!d) return call.status === 'open' ? say('outcome.still_open') : say('outcome.none');
    return d.name ?? d.own;
}

export const typeName = (t: Outcomes['by_type'][number]) => t.name ?? say('type.unmapped');

export const outcomeName = (o: Outcomes['outcomes'][number]) =>
    o.name ?? say(o.code === 'none' ? 'outcome.none' : 'outcome.unmapped');

/* What a call is that the page behind a link shows. '': it has no name; null: it may not be named. */
export const linkWhat = (what: string | null) => what || noName(what === null);

/* The texts of a call that the page behind a link may show. */
export const linkCall = (ack: Ack) =>
    ack.calls
        ? say('link.calls_title', { school: ack.school })
        : say('link.call_at', { what: linkWhat(ack.what), school: ack.school });

export const callUrl = (c: { agency: string; incident: string }) =>
    `/calls/${encodeURIComponent(c.agency)}/${encodeURIComponent(c.incident)}`;
export const callKey = (c: { agency: string; incident: string }) => `${c.agency}/${c.incident}`;

/* 'a, b and c' */
export function list(parts: string[]): string {
    if (parts.length < 2) return parts.join('');
    return say('list.and', { most: parts.slice(0, -1).join(', '), last: parts[parts.length - 1] ?? '' });
}
