// One call as a row of the list: time, type, place, and who has it.
import type { Call } from '../lib/types';
import { say } from '../lib/say';
import { isNew, markSeen, useSeen, watchRow } from '../lib/seen';
import { callKey, callUrl, heldSays, hold, place, primaryOutcome, units, what, where } from '../lib/words';
import { IHaveThis } from './act';
import { Mark, Since, When } from './small';

export function Holder({ call }: { call: Call }) {
    const state = hold(call);
    const alert = call.alert;
    return (
        <p class={`holder holder-${state}`}>
            <Mark hold={state} />
            <span>
                {state === 'nobody' && alert && (
                    <>
                        <b>Nobody has it yet.</b> Alerted <Since at={alert.alerted_at} />
                    </>
                )}
                {state === 'somebody' && (
                    <>
                        <b>{alert?.acknowledged_by ?? 'Somebody'} has it</b>
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

export function CallRow({ call, done }: { call: Call; done?: (call: Call) => void }) {
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
            {done && state === 'nobody' && <IHaveThis call={call} done={done} />}
        </li>
    );
}
