// One call as a row of the list: time, type, place, and who has it.
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Call, CallAlert } from '../lib/types';
import { count, say } from '../lib/say';
import { isNew, markSeen, useSeen, watchRow } from '../lib/seen';
import {
    asks, callKey, callUrl, fromTo, haveIt, heldSays, hold, place, primaryOutcome, units, upperFirst, waitSays, what, where,
} from '../lib/words';
import { IHaveThis } from './act';
import { Mark, Since, When } from './small';

/* When people were told; and whose messages wait. Until one has gone out, nobody was. */
function Alerted({ alert }: { alert: CallAlert }) {
    return (
        <>
            {alert.told ? 'Alerted ' : say('alerted.nobody')}
            {!alert.told && !alert.waits.length && ` ${say('alerted.tried')} `}
            {(alert.told || !alert.waits.length) && <Since at={alert.alerted_at} />}
            {alert.waits.length > 0 && `${alert.told ? '.' : ''} ${waitSays(alert.waits).join(' ')}`}
        </>
    );
}

export function Holder({ call }: { call: Call }) {
    const state = hold(call);
    const alert = call.alert;
    return (
        <p class={`holder holder-${state}`}>
            <Mark hold={state} />
            <span>
                {state === 'nobody' && alert && (
                    <>
                        <b>Nobody has it yet.</b> <Alerted alert={alert} />
                    </>
                )}
                {state === 'some' && alert && (
                    <>
                        <b>{haveIt(alert.holders)}.</b> {count('more_asked', alert.wanting)}. <Alerted alert={alert} />
                    </>
                )}
                {state === 'somebody' && (
                    <>
                        <b>{haveIt(alert?.holders ?? []) || upperFirst(say('hold.somebody'))}</b>
                        {alert?.acknowledged_at && (
                            <>
                                , since <Since at={alert.acknowledged_at} />
                            </>
                        )}
                    </>
                )}
                {state === 'held' && call.held && say('held.open', { said: heldSays(call.held) })}
                {state === 'untold' && 'Open. No rule alerts anybody about it.'}
                {state === 'over' && primaryOutcome(call)}
            </span>
        </p>
    );
}

export function Tags({ call }: { call: Call }) {
    return (
        <>
            {call.mode === 'replay' && <span class="tag">{say('mode.replay')}</span>}
            {call.sensitivity !== 'open' && (
                <span class="tag tag-strong">{say(`sensitivity.${call.sensitivity}`)}</span>
            )}
        </>
    );
}

/* Where calls can be taken: the person, and what to do then. */
interface Take {
    me: number;
    done: (call: Call) => void;
}

export function CallRow({ call, take }: { call: Call; take: Take | null }) {
    useSeen();
    const state = hold(call);
    const parts = [units(call), place(call)].filter(Boolean);
    return (
        <li class={`row row-${state}`} data-row data-call={callKey(call)} ref={(row) => watchRow(call, row)}>
            <div class="row-when">
                <When at={call.opened_at} />
                {isNew(call) && <span class="new">New</span>}
            </div>
            <div class="row-what">
                <h3>
                    <a href={callUrl(call)} onClick={() => markSeen([callKey(call)])}>
                        {what(call)}
                    </a>{' '}
                    <span class="row-where">{where(call)}</span> <Tags call={call} />
                </h3>
                {parts.length > 0 && <p class="row-facts">{parts.join(' · ')}</p>}
                <Holder call={call} />
            </div>
            {take && asks(call, take.me) && <IHaveThis call={call} done={take.done} />}
        </li>
    );
}

/* The lines of two calls differ in their times alone. Of a call that is held back, the place is not among what matters. */
function lineOf(call: Call): string {
    return [what(call), where(call), hold(call), call.held ? heldSays(call.held) : place(call)].join('\n');
}

/* The calls after the first of several that are alike: how many, and from when to when. */
function MoreLike({ calls, take }: { calls: Call[]; take: Take | null }) {
    const [open, setOpen] = useState(false);
    const watch = (line: Element | null) => {
        if (!open) for (const call of calls) watchRow(call, line);
    };
    return (
        <>
            <li class="like" ref={watch}>
                <button type="button" class="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
                    {count('more_like', calls.length)}, {fromTo(calls.map((call) => call.opened_at))}
                </button>
                {calls.some(isNew) && <span class="new">New</span>}
            </li>
            {open && calls.map((call) => <CallRow key={callKey(call)} call={call} take={take} />)}
        </>
    );
}

const ALIKE_MOST = 3; // rows, so that each call is seen, and can be taken, unless there are many

/* Calls as rows. Of many that are alike, the first has a row, and the others are counted below it. */
export function CallRows({ calls, take }: { calls: Call[]; take: Take | null }) {
    const alike = new Map<string, [Call, ...Call[]]>();
    for (const call of calls) {
        const line = lineOf(call);
        const before = alike.get(line);
        if (before) before.push(call);
        else alike.set(line, [call]);
    }
    return (
        <>
            {[...alike.values()].map(([first, ...rest]) => (
                <Fragment key={callKey(first)}>
                    <CallRow call={first} take={take} />
                    {rest.length >= ALIKE_MOST ? (
                        <MoreLike calls={rest} take={take} />
                    ) : (
                        rest.map((call) => <CallRow key={callKey(call)} call={call} take={take} />)
                    )}
                </Fragment>
            ))}
        </>
    );
}
