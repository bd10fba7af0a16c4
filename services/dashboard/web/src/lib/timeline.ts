// The text of one line of the timeline.
import { say } from './say';
import type { Said, TimelineDelivery, TimelineEntry, TimelinePlaced, TimelineSaid } from './types';
import { contactName, roleName, whoSaid } from './words';

function placed(e: TimelinePlaced): string {
    if (e.answer !== 'at') return say(`timeline.placed.${e.answer}`);
    return say('timeline.placed.at', { school: e.school ?? say('timeline.a_school') });
}

function delivery(e: TimelineDelivery): string {
    const channel = say(`timeline.message.${e.channel}`);
    const about = e.message === 'first' ? null : say(`timeline.about.${e.message}`);
    return say('timeline.message', {
        message: about ? say('timeline.message_about', { message: channel, about }) : channel,
        contact: e.to
            ? say('timeline.contact', { name: e.to.name, role: roleName(e.to.role) })
            : say('timeline.a_contact'),
        state: say(`timeline.state.${e.kind}`),
    });
}

/* What somebody said of an alert, without the words of a comment. */
export function saidLine(s: Pick<Said, 'kind' | 'by' | 'role' | 'to'>): string {
    const who = whoSaid(s.by, s.role);
    return s.kind === 'handed_over' ? say('said.handed_to', { who, to: contactName(s.to) }) : say(`said.kind.${s.kind}`, { who });
}

function saidText(e: TimelineSaid): string {
    const line = saidLine({ ...e, kind: e.kind === 'acknowledged' ? 'has' : e.kind });
    const said = e.text === null ? line : say('timeline.comment', { who: line, text: e.text });
    return e.late && e.kind !== 'comment' ? say('timeline.late', { said }) : said;
}

export function timelineText(e: TimelineEntry): string {
    switch (e.kind) {
        case 'received':
            return e.via ? say(`timeline.received.${e.via}`) : say('timeline.received');
        case 'dispatched':
        case 'en_route':
        case 'on_scene':
            return e.unit !== null ? say(`timeline.unit.${e.kind}`, { unit: e.unit }) : say(`timeline.first.${e.kind}`);
        case 'clear':
        case 'unit':
            return say(`timeline.unit.${e.kind}`, { unit: e.unit });
        case 'retyped':
        case 'classified':
            return say(`timeline.${e.kind}`, { was: e.was, became: e.became });
        case 'moved': {
            const other = say('timeline.another_place');
            return say('timeline.moved', { was: e.was ?? other, became: e.became ?? other });
        }
        case 'disposition':
            return say('timeline.disposition', { name: e.name ?? e.own });
        case 'outcome':
            return say(e.voided ? 'timeline.outcome_voided' : 'timeline.outcome', {
                subject: e.subject,
                name: e.name ?? e.own,
            });
        case 'placed':
            return say('timeline.placed', { name: e.by, answer: placed(e) });
        case 'alerted':
            return say('timeline.alerted', { school: e.school ?? say('timeline.a_school') });
        case 'sent':
        case 'delivered':
        case 'failed':
        case 'expired':
        case 'unknown':
            return delivery(e);
        case 'acknowledged':
        case 'undone':
        case 'handed_over':
        case 'comment':
            return saidText(e);
        case 'cleared':
        case 'closed':
        case 'located':
        case 'place_asked':
        case 'place_uncertain':
            return say(`timeline.${e.kind}`);
    }
}
