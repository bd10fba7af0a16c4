// The link in a message about a drill or an alarm: the reader says that it came, in two steps. Reading it says nothing.
import { useEffect, useState } from 'preact/hooks';
import { api, Refusal } from '../lib/api';
import { alarmSays, lineOf, restOf } from '../lib/alarm';
import { atTime, setClock, timeOf } from '../lib/clock';
import { isGone, useLoad, useLookAgain } from '../lib/load';
import { say } from '../lib/say';
import type { Confirm, Finding } from '../lib/types';
import { Failure, Printed, Since, Skeleton } from '../parts/small';

type Step = 'ready' | 'chosen' | 'busy' | Refusal;

const isDrill = (shown: Confirm) => shown.kind === 'drill';

function sentence(shown: Confirm): string {
    if (isDrill(shown)) return `DRILL at ${shown.school}, begun at ${timeOf(shown.began_at)}. Nothing is happening now.`;
    return alarmSays(shown);
}

function Item({ finding }: { finding: Finding }) {
    const { what, times, means, act } = lineOf(finding);
    return (
        <li class={finding.well ? 'over' : ''}>
            <b>{what}</b> <span class="quiet">{times}</span>
            {means && <p>{say('alarm.explain.means', { text: means })}</p>}
            {act && <p>{say('alarm.explain.do', { text: act })}</p>}
        </li>
    );
}

/* What a message about the alarm would say now. */
function Findings({ shown }: { shown: Confirm }) {
    const rest = restOf(shown);
    return (
        <>
            <ul class="alarm-lines">
                {shown.findings.map((finding, i) => (
                    <Item key={i} finding={finding} />
                ))}
                {rest && <li>{rest}</li>}
            </ul>
            {shown.open > 0 && <p class="quiet">{say('alarm.advice')}</p>}
        </>
    );
}

/* What was asked; the message itself looks like one about a call. */
function Drill({ shown }: { shown: Confirm }) {
    return (
        <p>
            The message looks like one about a police call at {shown.school}, so that everybody knows what to do if there is
            one. All that is asked of you is to say here that it reached you.
        </p>
    );
}

/* Nobody is asked to take an alarm that is over. */
const asks = (shown: Confirm) => isDrill(shown) || shown.open > 0 || shown.confirmed_at !== null;

function Act({ shown, step, choose, press }: { shown: Confirm; step: Step; choose: (step: Step) => void; press: () => void }) {
    if (shown.confirmed_at) {
        return (
            <p class="ack-held" role="status">
                {isDrill(shown) ? (
                    <b>You confirmed it {atTime(shown.confirmed_at)}.</b>
                ) : (
                    <>
                        <b>{shown.confirmed_by} has it</b>, since <Since at={shown.confirmed_at} />.
                    </>
                )}
            </p>
        );
    }
    const chosen = step === 'chosen' || step === 'busy';
    return (
        <>
            {step instanceof Refusal && (
                <p role="alert" class="said said-wrong">
                    Not noted: {step.message} Press again.
                </p>
            )}
            <p class="ack-you">
                {isDrill(shown)
                    ? `Confirming says that the message reached ${shown.name}.`
                    : `Confirming says that ${shown.name} takes care of it.`}
            </p>
            {chosen ? (
                <>
                    <button type="button" class="button button-act" disabled={step === 'busy'} onClick={press}>
                        {step === 'busy' ? 'One moment …' : 'Yes, confirm'}
                    </button>
                    <button type="button" class="plain ack-not" onClick={() => choose('ready')}>
                        Not now
                    </button>
                </>
            ) : (
                <button type="button" class="button button-act" onClick={() => choose('chosen')}>
                    {isDrill(shown) ? 'I got this' : 'I have this'}
                </button>
            )}
        </>
    );
}

export function ConfirmPage({ token }: { token: string }) {
    const read = useLoad(`confirm/${token}`, async () => {
        const shown = await api.confirm(token);
        setClock(shown.district);
        return shown;
    });
    const [step, setStep] = useState<Step>('ready');
    useEffect(() => {
        document.title = read.data && isDrill(read.data) ? 'A drill · Liaison' : 'An alarm · Liaison';
    }, [read.data]);
    const gone = read.error !== null && isGone(read.error);
    useLookAgain(read.reload, !gone);
    const shown = read.data;
    if (!shown) {
        return (
            <main class="ack" id="main">
                {gone ? (
                    <h1 class="sentence">This link has expired, was not copied whole, or is not for you any more.</h1>
                ) : (
                    <>
                        <h1 class="hidden">A message</h1>
                        {read.error ? (
                            <Failure error={read.error} again={read.reload} busy={read.busy} />
                        ) : (
                            <Skeleton label="Reading the message" lines={[100, 70, 0, 60]} />
                        )}
                    </>
                )}
            </main>
        );
    }
    const press = async () => {
        setStep('busy');
        try {
            read.replace(await api.pressConfirm(token));
            read.reload(); // a look that began before the press answers too late to count
            setStep('ready');
        } catch (e) {
            const refusal = e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.');
            if (isGone(refusal)) read.drop(refusal);
            setStep(refusal);
        }
    };
    return (
        <main class="ack" id="main">
            <div class="ack-top">
                <p class="product">{shown.district.name}</p>
                <Printed />
                <h1 class="sentence">{sentence(shown)}</h1>
                {isDrill(shown) ? <Drill shown={shown} /> : <Findings shown={shown} />}
            </div>
            {asks(shown) && (
                <div class="ack-act">
                    <Act shown={shown} step={step} choose={setStep} press={() => void press()} />
                </div>
            )}
        </main>
    );
}
