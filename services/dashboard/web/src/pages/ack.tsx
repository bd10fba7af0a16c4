// The page behind the link in a message, with the button "I have this". Opening the page acknowledges nothing.
import { useEffect, useState } from 'preact/hooks';
import { api, Refusal } from '../lib/api';
import { atTime, setClock, timeOf, isToday, dateOf } from '../lib/clock';
import { isGone, useLoad, useLookAgain } from '../lib/load';
import type { Ack, AlertAct } from '../lib/types';
import { count, say } from '../lib/say';
import { contactName, contactRole, fromTo, haveIt, linkCall, linkWhat, tally, unitsSaid } from '../lib/words';
import { Log, Say } from '../parts/said';
import { Failure, Printed, Since, Skeleton } from '../parts/small';

function moment(at: string): string {
    const time = timeOf(at);
    return isToday(at) ? time : say('time.time_on_day', { time, day: dateOf(at) });
}

/* A summary counts calls that were not told one by one. */
function summary(ack: Ack, calls: NonNullable<Ack['calls']>): string {
    const shown = { calls: count('call', calls.count), school: ack.school, when: moment(ack.when) };
    if (calls.count === 0) return say('link.calls_none', { school: ack.school });
    return say(ack.call === 'open' ? 'link.calls' : 'link.calls_over', shown);
}

function sentence(ack: Ack): string {
    if (ack.calls) return summary(ack, ack.calls);
    const when = moment(ack.when);
    const call = say('link.call', { call: linkCall(ack), when });
    if (ack.call !== 'open') return say(`link.${ack.call}`, { call });
    if (!ack.units) return say('link.no_unit', { call });
    const { on_scene, en_route } = ack;
    if (on_scene === null || en_route === null) return say('link.units', { call, units: count('unit', ack.units) });
    return say('link.on_scene', { call, units: unitsSaid({ on_scene, en_route, dispatched: ack.units - on_scene - en_route }) });
}

function People({ people }: { people: Ack['told'] }) {
    return (
        <ul class="ack-people">
            {people.map((t, i) => (
                <li key={i} class={t.state === 'failed' || t.state === 'expired' ? 'told-failed' : undefined}>
                    <span>
                        <b>{contactName(t.to)}</b>, {contactRole(t.to)}
                    </span>
                    {t.state !== 'queued' && <span class="quiet">{say(`delivery.state.${t.state}`)}</span>}
                    {t.waits_until && <span class="quiet">{atTime(t.waits_until)}</span>}
                </li>
            ))}
        </ul>
    );
}

/* Nobody is asked to acknowledge a call that was entered in error or is elsewhere. */
const isNobodys = (ack: Ack) => ack.call === 'cancelled' || ack.call === 'moved_away';

/* The same holds for a call that the agency has closed. */
const asks = (ack: Ack) => ack.call === 'open' && ack.state === 'open';

/* Contacts whom no message can reach any more are in neither list. */
function Told({ ack }: { ack: Ack }) {
    const told = ack.told.filter((t) => t.state !== 'queued' && t.state !== 'cancelled');
    const queued = isNobodys(ack) ? [] : ack.told.filter((t) => t.state === 'queued');
    const waiting = queued.filter((t) => t.waits_until);
    const next = queued.filter((t) => !t.waits_until);
    return (
        <>
            <section class="ack-told">
                <h2>Told</h2>
                {told.length === 0 && <p>Nobody but you was told yet.</p>}
                <People people={told} />
            </section>
            {waiting.length > 0 && (
                <section class="ack-told">
                    <h2>Told when quiet hours end</h2>
                    <People people={waiting} />
                </section>
            )}
            {next.length > 0 && (
                <section class="ack-told">
                    <h2>{asks(ack) ? 'Next, until enough people have it' : 'Next'}</h2>
                    <People people={next} />
                </section>
            )}
        </>
    );
}

type Listed = NonNullable<Ack['calls']>['list'][number];

/* Calls that differ in their times alone are one line. */
function alike(list: Listed[]): [Listed, ...Listed[]][] {
    const lines = new Map<string, [Listed, ...Listed[]]>();
    for (const call of list) {
        const line = `${call.what}/${call.call}`;
        const before = lines.get(line);
        if (before) before.push(call);
        else lines.set(line, [call]);
    }
    return [...lines.values()];
}

function Calls({ calls }: { calls: NonNullable<Ack['calls']> }) {
    return (
        <section class="ack-told">
            <h2>The calls</h2>
            <ul>
                {alike(calls.list).map(([first, ...rest], i) => (
                    <li key={i}>
                        <b>{tally([first, ...rest].map((c) => linkWhat(c.what)))}</b>,{' '}
                        {rest.length ? fromTo([first, ...rest].map((c) => c.when)) : moment(first.when)}{' '}
                        {first.call !== 'open' && <span class="quiet">closed</span>}
                    </li>
                ))}
            </ul>
            {calls.count > calls.list.length && <p>These are the latest; there are more.</p>}
        </section>
    );
}

/* Who has it, and how many more people are asked. */
function whoHas(ack: Ack): string {
    const others = haveIt(ack.holders.filter((h) => !ack.yours || h.name !== ack.you.name));
    if (!ack.yours && !others) return 'Nobody has it yet.';
    const said = ack.yours ? [say('holder.you'), ...(others ? [say('holder.too', { holders: others })] : [])] : [others];
    if (ack.wanting) said.push(count('more_asked', ack.wanting));
    return `${said.join('. ')}.`;
}

/* Something that opens links and clicks once comes as far as the question. */
function IHaveIt({ ack, busy, press }: { ack: Ack; busy: boolean; press: () => void }) {
    const [chosen, setChosen] = useState(false);
    if (!chosen) {
        return (
            <>
                <p class="ack-stands">
                    <b>{ack.handed_by ? `${ack.handed_by} hands this to you.` : whoHas(ack)}</b>
                </p>
                <button type="button" class="button button-act" onClick={() => setChosen(true)}>
                    I have this
                </button>
            </>
        );
    }
    return (
        <>
            <p role="status">
                <b>
                    Say that {ack.you.name}, {contactRole(ack.you)}, has it?
                </b>{' '}
                Once enough people have it, nobody else is asked.
            </p>
            <button type="button" class="button button-act" disabled={busy} onClick={press}>
                {busy ? 'One moment …' : 'Yes, I have it'}
            </button>
            <button type="button" class="plain ack-not" onClick={() => setChosen(false)}>
                Not now
            </button>
        </>
    );
}

function Act({ ack, pressed, press, send }: { ack: Ack; pressed: 'ready' | 'busy' | Refusal; press: () => void; send: (act: AlertAct) => Promise<void> }) {
    if (isNobodys(ack)) return null;
    const holder = haveIt(ack.holders) || (ack.acknowledged_by && say('holder.one', { names: ack.acknowledged_by }));
    return (
        <div class="ack-act">
            {pressed instanceof Refusal && (
                <p role="alert" class="said said-wrong">
                    Not noted: {pressed.message} Press again.
                </p>
            )}
            {asks(ack) && !ack.yours ? (
                <IHaveIt ack={ack} busy={pressed === 'busy'} press={press} />
            ) : (
                <p class="ack-held" role="status">
                    <b>
                        {ack.yours && asks(ack)
                            ? whoHas(ack)
                            : holder || `${ack.call === 'open' ? '' : 'It is over. '}Nobody needs to take it.`}
                    </b>
                    {ack.acknowledged_at && (
                        <>
                            , since <Since at={ack.acknowledged_at} />.
                        </>
                    )}
                </p>
            )}
            <Say part={ack} over={ack.call !== 'open'} send={send} />
        </div>
    );
}

export function AckPage({ token }: { token: string }) {
    const read = useLoad(`ack/${token}`, async () => {
        const ack = await api.ack(token);
        setClock(ack.district);
        return ack;
    });
    const [pressed, setPressed] = useState<'ready' | 'busy' | Refusal>('ready');
    useEffect(() => {
        document.title = read.data ? linkCall(read.data) : 'An alert · Liaison';
    }, [read.data]);
    const gone = read.error !== null && isGone(read.error);
    useLookAgain(read.reload, !gone);
    const ack = read.data;
    if (!ack) {
        if (gone) {
            return (
                <main class="ack" id="main">
                    <div class="ack-top">
                        <h1 class="sentence">This link has expired, was not copied whole, or is not for you any more.</h1>
                        <p>
                            Nothing was acknowledged. Open the latest message again. If you have an account,{' '}
                            <a href="/sign-in">sign in</a>: the calls that are yours to see are there. Otherwise ask the
                            office of your school or district.
                        </p>
                    </div>
                </main>
            );
        }
        return (
            <main class="ack" id="main">
                <h1 class="hidden">An alert</h1>
                {read.error ? (
                    <Failure error={read.error} again={read.reload} busy={read.busy} />
                ) : (
                    <Skeleton label="Reading the alert" lines={[100, 70, 0, 60]} />
                )}
            </main>
        );
    }
    const press = async () => {
        setPressed('busy');
        try {
            read.replace(await api.pressAck(token, { act: 'has' }));
            read.reload(); // a look that began before the press answers too late to count
            setPressed('ready');
        } catch (e) {
            const refusal = e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.');
            if (isGone(refusal)) read.drop(refusal);
            setPressed(refusal);
        }
    };
    const send = async (act: AlertAct) => {
        try {
            read.replace(await api.pressAck(token, act));
            read.reload();
        } catch (e) {
            if (e instanceof Refusal && isGone(e)) read.drop(e);
            throw e;
        }
    };
    return (
        <main class="ack" id="main">
            <div class="ack-top">
                <p class="product">{ack.district.name}</p>
                <Printed />
                <h1 class="sentence">{sentence(ack)}</h1>
                {ack.where && ack.where !== ack.school && <p class="ack-where">{ack.where}</p>}
                {ack.calls && ack.calls.list.length > 0 && <Calls calls={ack.calls} />}
                {ack.log.length > 0 && (
                    <section class="ack-told">
                        <h2>Said</h2>
                        <Log log={ack.log} />
                    </section>
                )}
                <Told ack={ack} />
            </div>
            <Act key={`${ack.state}/${ack.yours}`} ack={ack} pressed={pressed} press={() => void press()} send={send} />
        </main>
    );
}
