// What an alarm says of each finding, in the words of its messages. common/message/alarm_text.c puts the same lines
// together; tests/unit/fixtures/alarm_lines.json holds examples that both are compared with.
import { spell } from './clock';
import { say, sayCode } from './say';
import type { Confirm, Finding } from './types';

export interface Line {
    what: string;
    times: string; // since when, or how long it lasted; '' where that is not said
    means: string; // '' of what has ended
    act: string;
}

function what(f: Finding): string {
    const unnamed = say(f.class === 'other' ? 'message.other' : 'message.call');
    return sayCode('message.type', f.type) ?? sayCode('message.class', f.class) ?? unnamed;
}

function callOf(f: Finding, time: string): string {
    if (f.hidden) return say('alarm.hidden.call');
    const school = f.school ?? '';
    return f.summary ? say('alarm.calls', { school, time }) : say('alarm.call', { what: what(f), school, time });
}

/* Replays are tests: nobody misses one. */
const isReplay = (f: Finding) => f.check === 'due' && f.lane === 3;

/* A summary, and the lane of replays, have some words of their own. */
function textOf(group: string, f: Finding, values: Record<string, string | number>): string | null {
    const special = f.summary ? 'summary_' : isReplay(f) ? 'replay_' : null;
    const own = special && sayCode(group.replace('.', `.${special}`), f.check, values);
    return own ?? sayCode(group, f.check, values);
}

export function lineOf(f: Finding): Line {
    const [time, since, ended] = [f.at, f.since, f.ended].map((at) => (at ? spell(at) : '')) as [string, string, string];
    const values = {
        channel: sayCode('alarm.channel', f.channel) ?? f.channel ?? '',
        lane: sayCode('alarm.lane', f.lane) ?? f.lane ?? '',
        state: sayCode('alarm.state', f.object) ?? f.object ?? '',
        object: f.object ?? '',
        school: f.hidden ? say('alarm.hidden.school') : (f.school ?? ''),
        call: f.call ? callOf(f, time) : '',
        time,
        since,
        ended,
        have: f.have ?? '',
        asked: f.asked ?? '',
    };
    // The text of a check of a newer schema is missing.
    const wrong = textOf(f.gone ? 'alarm.gone' : f.well ? 'alarm.over' : 'alarm.wrong', f, values) ?? f.check;
    if (f.well) {
        const lasted = !f.gone && f.since && f.ended ? say('alarm.lasted', { since, ended }) : '';
        return { what: say('alarm.item_over', { what: wrong }), times: lasted, means: '', act: '' };
    }
    const saysSince = !f.notice && f.since && (!f.call || f.hidden); // a call that the reader may see has its own time
    return {
        what: say('alarm.item', { what: wrong }),
        times: saysSince ? say('alarm.since', { since }) : '',
        means: textOf('alarm.means', f, values) ?? '',
        act: f.call && f.hidden ? say('alarm.hidden.do') : (textOf('alarm.do', f, values) ?? ''),
    };
}

/* How many problems there are. */
export function alarmSays(shown: Confirm): string {
    if (shown.open > 0) return say(shown.open === 1 ? 'alarm.summary.one' : 'alarm.summary.other', { n: shown.open });
    return say(shown.findings[0]?.well === false ? 'alarm.summary.note' : 'alarm.summary.over');
}

/* Problems that the answer counts and does not list. */
export function restOf(shown: Confirm): string {
    const more = shown.open - shown.findings.filter((f) => !f.well && !f.notice).length;
    return more > 0 ? say(more === 1 ? 'alarm.more_item.one' : 'alarm.more_item.other', { n: more }) : '';
}
