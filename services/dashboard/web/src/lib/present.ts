// The first sentence of the page Now, which sums it up.
import { spell } from './clock';
import { say, type WordKey } from './say';
import type { Call, Now } from './types';
import { activeUnits, hold, standing, unitsSaid, what } from './words';

type Small = Extract<WordKey, `number.${number}`> extends `number.${infer N extends number}` ? N : never;
const isSmall = (n: number): n is Small => n >= 1 && n <= 10;
const number = (n: number) => (isSmall(n) ? say(`number.${n}`) : String(n));
const form = (n: number) => (n === 1 ? 'one' : 'other');

function units(call: Call): string {
    const said = unitsSaid(activeUnits(call), (n) => say(`now.unit.${form(n)}`, { n: number(n) }), number);
    return said || say(call.units.some((u) => u.status === 'clear') ? 'now.clear' : 'now.no_unit');
}

/* schools: those of a person of role school, else null. */
function urgent(call: Call, schools: number[] | null): string {
    const school = call.schools.find((s) => !schools || schools.includes(s.id));
    const at = school?.relation === 'uncertain' ? 'now.call_possibly_at' : 'now.call_at';
    const said = [school ? say(at, { what: what(call), school: school.name }) : say('now.call', { what: what(call) }), units(call)];
    if (hold(call) === 'nobody') said.push(say('now.unacknowledged'));
    else said.push(...standing(call));
    return said.join(', ');
}

function quiet(now: Now): string {
    const [one, other] = now.schools;
    const schools = one && !other ? one.name : say('now.your_schools', { n: now.schools.length });
    if (!now.quiet_since) return say('now.quiet', { schools });
    return say('now.quiet_since', { schools, when: spell(now.quiet_since) });
}

function present(now: Now, schools: number[] | null): string {
    const [first] = now.open;
    if (!now.schools.length) return say('now.no_school');
    if (!first) return quiet(now);
    const call = urgent(first, schools);
    if (now.open_calls === 1) return call;
    if (now.open_schools === 1) return say('now.several', { n: now.open_calls, call });
    return say('now.several_schools', { n: now.open_calls, schools: now.open_schools, call });
}

export function sentence(now: Now, schools: number[] | null): string {
    const said = [present(now, schools)];
    const silent = now.agencies.filter((a) => a.state === 'cut_off');
    const [one] = silent;
    if (one?.last_heard_at && silent.length === 1) {
        said.push(say('now.silent_since', { agency: one.name, when: spell(one.last_heard_at) }));
    } else if (one) {
        said.push(say(`now.silent.${form(silent.length)}`, { n: silent.length }));
    }
    const whole = said.join('. ');
    return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
