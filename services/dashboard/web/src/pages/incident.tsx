// The page of one call: its details, its timeline, and who was notified.
import { useEffect } from 'preact/hooks';
import { api } from '../lib/api';
import { atTime, dateOf, fullDateOf, isToday, lasting, now, secondsOf, timeOf, useTick } from '../lib/clock';
import { useMoved } from '../lib/live';
import { useLoad } from '../lib/load';
import { markSeen } from '../lib/seen';
import type { Call, CallDetail, Delivery, Session, TimelineEntry } from '../lib/types';
import { count, say } from '../lib/say';
import { timelineText } from '../lib/timeline';
import {
    asks, callKey, className, contactName, contactRole, heldSays, hold, howSure, isAway, list, metres, primaryOutcome, relationWord, standing, unitRole,
    units, unitState, upperFirst, useLists, what, whatWhere,
} from '../lib/words';
import { IHaveThis } from '../parts/act';
import { Log, Say } from '../parts/said';
import { Holder, Tags } from '../parts/row';
import { Banner, Failure, Since, Skeleton } from '../parts/small';

/* day: on which the call began; null: it is not said. */
function headline(call: Call, day: string | null): string {
    const time = timeOf(call.opened_at);
    const when = day === null ? time : say('time.time_on_day', { time, day: day.replace(/ /g, '\u00a0') });
    const start = say('call.when', { call: whatWhere(call), when });
    if (call.status === 'cancelled') return say('call.cancelled', { call: start });
    if (isAway(call)) return say('call.away', { call: start });
    if (call.status === 'closed') {
        const outcome = primaryOutcome(call);
        if (!call.closed_at) return say('call.closed', { call: start, outcome });
        return say('call.closed_after', { call: start, lasting: lasting(call.opened_at, call.closed_at), outcome });
    }
    const state = [units(call)];
    state.push(...standing(call));
    return say('call.open', { call: start, state: upperFirst(state.join('; ')) });
}

/* When the call or anything about its alerts changed last. */
const lastChange = ({ call, timeline }: CallDetail) => timeline.reduce((last, e) => (e.at > last ? e.at : last), call.updated_at);

/* Steps of one source within one second form one entry. */
function moments(entries: TimelineEntry[]): { at: string; source: TimelineEntry['source']; texts: string[] }[] {
    const all: ReturnType<typeof moments> = [];
    for (const e of entries) {
        const last = all[all.length - 1];
        const text = timelineText(e);
        if (last && last.source === e.source && last.at.slice(0, 19) === e.at.slice(0, 19)) last.texts.push(text);
        else all.push({ at: e.at, source: e.source, texts: [text] });
    }
    return all;
}

function Timeline({ entries }: { entries: TimelineEntry[] }) {
    let day = '';
    return (
        <section class="timeline">
            <h2>What happened when</h2>
            {entries.length === 0 && <p class="quiet">The agency sent no times but the start.</p>}
            <ol>
                {moments(entries).map((e, i) => {
                    const date = dateOf(e.at);
                    const newDay = date !== day;
                    day = date;
                    return (
                        <li key={i} class={`moment moment-${e.source}`}>
                            <time class="when" dateTime={e.at}>
                                {newDay && <span class={isToday(e.at) ? 'when-date on-paper' : 'when-date'}>{date}</span>}
                                <span class="when-time">{secondsOf(e.at)}</span>
                            </time>
                            <span class="moment-mark" aria-hidden="true" />
                            <div>
                                <span class="moment-source">{say(`timeline.source.${e.source}`)}</span>
                                {e.texts.map((text, n) => (
                                    <p key={n} class="moment-text">
                                        {text}
                                    </p>
                                ))}
                            </div>
                        </li>
                    );
                })}
            </ol>
        </section>
    );
}

/* Each school concerned, with the confidence as a bar and in words. */
function Place({ call }: { call: Call }) {
    return (
        <section class="place">
            <h2>Place, and how sure</h2>
            {isAway(call) ? (
                <p>Not shown: it moved away from every school.</p>
            ) : (
                <p class="place-name">{[call.place_name, call.address].filter(Boolean).join(', ') || 'Not given.'}</p>
            )}
            <ul class="sure">
                {call.schools.map((s, i) => (
                    <li key={s.id}>
                        <p>
                            <b>
                                {relationWord(s)} <a href={`/calls?school=${s.id}`}>{s.name}</a>
                            </b>
                            {i === 0 && call.schools.length > 1 && <span class="quiet"> (counted here)</span>}
                        </p>
                        <svg class="sure-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                            <rect width="100" height="6" class="bar-back" />
                            <rect width={Math.round(s.confidence * 100)} height="6" class="bar" />
                        </svg>
                        <p class="quiet">
                            {howSure(s)}
                            {s.method !== 'radius' && s.distance_m !== null && s.distance_m > 0 &&
                                ` ${say('sure.away', { distance: metres(s.distance_m) })}`}
                        </p>
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Facts({ call }: { call: Call }) {
    const rows: [string, string][] = [
        ['Class', className(call.class)],
        ['Type', call.type.name ?? 'no common type'],
        ['Agency’s type', call.type.own ?? 'not given'],
        ['Priority', call.priority.own ? `${call.priority.own}${call.priority.common === null ? '' : ` (${call.priority.common} of 10)`}` : 'not given'],
        ['Agency', call.agency_name],
        ['Call number', call.incident],
    ];
    return (
        <section class="facts">
            <h2>Facts</h2>
            <dl>
                {rows.map(([name, value]) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{value}</dd>
                    </div>
                ))}
            </dl>
            {call.units.length > 0 && (
                <>
                    <h3>Units, as they were last told</h3>
                    <ul class="units">
                        {call.units.map((u) => (
                            <li key={u.id}>
                                <b>{u.id}</b> {unitRole(u)} <span class="quiet">{unitState(u)}</span>
                                {u.at && <span class="quiet"> {timeOf(u.at)}</span>}
                            </li>
                        ))}
                    </ul>
                </>
            )}
        </section>
    );
}

function Outcomes({ detail }: { detail: CallDetail }) {
    const { call, outcomes } = detail;
    const none = call.dispositions.length === 0 && outcomes.length === 0;
    if (isAway(call)) {
        return (
            <section class="outcome">
                <h2>What came of it</h2>
                <p class="quiet">Not shown: it is no longer at a school.</p>
            </section>
        );
    }
    return (
        <section class="outcome">
            <h2>What came of it</h2>
            {none && (
                <p class="quiet">
                    {call.status === 'open' ? 'Still open.' : 'The agency has recorded nothing, so the year’s figures lack it.'}
                </p>
            )}
            <ul>
                {call.dispositions.map((d) => (
                    <li key={d.own}>
                        <b>{d.name ?? d.own}</b>
                        {d.name && <span class="quiet"> ({d.own} in the agency’s words)</span>}
                        {d.primary && call.dispositions.length > 1 && <span class="tag">counts</span>}
                    </li>
                ))}
                {outcomes.map((o) => (
                    <li key={o.outcome_id} class={o.voided ? 'voided' : undefined}>
                        Person {o.subject}: <b>{o.name ?? o.own}</b>, {dateOf(o.decided_at)}
                        {o.voided && <span class="tag">withdrawn</span>}
                    </li>
                ))}
            </ul>
        </section>
    );
}

/* What one person was sent, in the order in which it was made. */
interface Person {
    to: Delivery['to'];
    all: Delivery[];
}

function people(deliveries: Delivery[]): Person[] {
    const found = new Map<string, Person>();
    for (const d of deliveries) {
        const key = JSON.stringify(d.to && [d.to.name, d.to.role]);
        const person = found.get(key);
        if (person) person.all.push(d);
        else found.set(key, { to: d.to, all: [d] });
    }
    return [...found.values()];
}

/* The last message by each channel. One that was not needed counts only where there is no other. */
function latest(all: Delivery[]): Delivery[] {
    const last = new Map<Delivery['channel'], Delivery>();
    for (const d of all) {
        const before = last.get(d.channel);
        if (!before || d.state !== 'cancelled' || before.state === 'cancelled') last.set(d.channel, d);
    }
    return [...last.values()];
}

const isLater = (d: Delivery) => d.step > 1 && d.kind === 'first' && !d.quiet;

/* A delivery that waits shows when it is due, and one that is not sent shows why. */
function Moment({ delivery: d }: { delivery: Delivery }) {
    if (d.state === 'cancelled') return <>{say(`delivery.why.${d.why ?? 'acknowledged'}`)}</>;
    if (d.state === 'queued') {
        if (!d.due_at || new Date(d.due_at).getTime() <= now()) return <>{say('delivery.next')}</>;
        const when = atTime(d.due_at);
        const key = d.quiet ? 'delivery.quiet' : d.attempts > 0 ? 'delivery.again' : isLater(d) ? 'delivery.asked_later' : 'delivery.later';
        return <>{say(key, { when })}</>;
    }
    return (
        <>
            {isLater(d) && `${say('delivery.asked_because')} `}
            <Since at={d.at} />
        </>
    );
}

function state(d: Delivery): string {
    if (d.state === 'queued' && isLater(d) && d.attempts === 0) return say('delivery.if_nobody_answers');
    const word = say(`delivery.state.${d.state}`);
    const tried = d.attempts > 1 && d.state !== 'queued' && d.state !== 'cancelled';
    return tried ? say('delivery.at_try', { state: word, n: d.attempts }) : word;
}

/* 'delivered' of a first message, 'delivered (update)' of any other. */
const stateAbout = (d: Delivery) =>
    d.kind === 'first' ? state(d) : say('told.about', { state: state(d), about: say(`delivery.kind.${d.kind}`) });

/* 'E-mail and text: delivered', or the state of each channel. */
function channels(all: Delivery[]): string {
    const by = new Map<string, string[]>();
    for (const d of latest(all)) by.set(stateAbout(d), [...(by.get(stateAbout(d)) ?? []), say(`channel.${d.channel}`).toLowerCase()]);
    return upperFirst([...by].map(([said, names]) => say('told.channel', { channel: list(names), state: said })).join('; '));
}

function History({ all }: { all: Delivery[] }) {
    return (
        <details class="told-history">
            <summary>{count('message', all.length)}</summary>
            <ol>
                {all.map((d, i) => (
                    <li key={i}>
                        {say(`channel.${d.channel}`)}, {say(`delivery.kind.${d.kind}`)}: {state(d)}. <Moment delivery={d} />
                    </li>
                ))}
            </ol>
        </details>
    );
}

function PersonTold({ person }: { person: Person }) {
    const now = latest(person.all);
    const last = now.reduce((a, b) => (b.at > a.at ? b : a));
    const failed = now.some((d) => d.state === 'failed' || d.state === 'expired');
    return (
        <li class={failed ? 'told-failed' : undefined}>
            <span>
                <b>{contactName(person.to)}</b>, {contactRole(person.to)}
            </span>
            <span>{channels(person.all)}</span>
            <span class="quiet">
                <Moment delivery={last} />
            </span>
            {person.all.length > 1 && <History all={person.all} />}
        </li>
    );
}

function Told({ detail }: { detail: CallDetail }) {
    useTick();
    const away = isAway(detail.call);
    // Nobody is asked to acknowledge a call that has moved away. Those who were notified are still told that it has.
    const shown = detail.deliveries.filter((d) => !(away && d.state === 'queued' && d.kind === 'first'));
    if (!shown.length) {
        return (
            <section class="told">
                <h2>Who was told</h2>
                <p class="quiet">{nobodyTold(detail.call)}</p>
            </section>
        );
    }
    return (
        <section class="told">
            <h2>Who was told</h2>
            {!away && shown.some(isLater) && (
                <p class="quiet">People are asked one after the other, until enough people have it.</p>
            )}
            <ul>
                {people(shown).map((person, i) => (
                    <PersonTold key={i} person={person} />
                ))}
            </ul>
        </section>
    );
}

function nobodyTold(call: Call): string {
    if (call.mode === 'backfill') return 'Nobody: it came as a past record, which alerts nobody.';
    return call.held ? heldSays(call.held) : 'Nobody.';
}

/* What people said of the call's alerts; of which school only if there are several. */
function Alerts({ detail, reload }: { detail: CallDetail; reload: () => void }) {
    if (!detail.alerts.length) return null;
    return (
        <section class="alerts">
            <h2>Who has it, and comments</h2>
            {detail.alerts.map((alert) => (
                <div key={alert.id} class="alert-said">
                    {detail.alerts.length > 1 && <h3>{alert.school}</h3>}
                    {alert.handed_by && <p class="left-out">{alert.handed_by} hands this to you.</p>}
                    {alert.log.length ? <Log log={alert.log} /> : <p class="quiet">{say('said.nobody')}</p>}
                    <Say
                        part={alert}
                        over={alert.over}
                        send={async (act) => {
                            await api.sayOf(alert.id, act);
                            reload();
                        }}
                    />
                </div>
            ))}
        </section>
    );
}

function Act({ call, me, done }: { call: Call; me: number; done: (call: Call) => void }) {
    return (
        <div class={`stand stand-${hold(call)}`}>
            <Holder call={call} />
            {asks(call, me) && <IHaveThis call={call} done={done} />}
        </div>
    );
}

export function IncidentPage({ session, agency, incident }: { session: Session; agency: string; incident: string }) {
    useLists();
    useTick();
    const read = useLoad(`call/${agency}/${incident}`, (signal) => api.call(agency, incident, signal));
    useMoved((moved) => {
        if (moved.some((m) => !m || (m.agency === agency && m.incident === incident))) read.reload();
    });
    const detail = read.data;
    useEffect(() => {
        document.title = `${detail ? what(detail.call) : 'Call'} · ${session.district.name}`;
        if (detail) markSeen([callKey(detail.call)]);
    }, [detail]);
    if (!detail) {
        if (read.error?.status === 404) {
            return (
                <section class="empty">
                    <h1>There is no such call, or it is not for you</h1>
                    <p>
                        It may be at a school that is not one of yours, or of a class that the district office alone
                        sees. The safety director of {session.district.name} can say. <a href="/calls">All your calls</a>
                    </p>
                </section>
            );
        }
        if (read.error) return <Failure error={read.error} again={read.reload} busy={read.busy} />;
        return <Skeleton label="Reading the call" lines={[90, 60, 0, 100, 100, 80, 100]} />;
    }
    const { call } = detail;
    const done = (next: Call) => {
        read.replace({ ...detail, call: next });
        read.reload();
    };
    return (
        <article class="incident">
            {read.error && (
                <Banner kind="stale">
                    <b>This may be out of date.</b> {read.error.message} The last change shown was at{' '}
                    {timeOf(lastChange(detail))}.
                </Banner>
            )}
            <div class="opening">
                <h1 class="sentence">
                    <span class="on-screen">{headline(call, isToday(call.opened_at) ? null : dateOf(call.opened_at))}</span>
                    <span class="on-paper">{headline(call, fullDateOf(call.opened_at))}</span>
                </h1>
                <p class="under">
                    <Tags call={call} /> Last change <Since at={lastChange(detail)} />
                </p>
                {detail.left_out && (
                    <p class="left-out">
                        {say(`left_out.${detail.left_out}`)}
                        {detail.merged_into && (
                            <>
                                {' '}
                                <a href={`/calls/${agency}/${encodeURIComponent(detail.merged_into)}`}>{detail.merged_into}</a>
                            </>
                        )}
                    </p>
                )}
            </div>
            {hold(call) !== 'over' && <Act call={call} me={session.user.id} done={done} />}
            <div class="incident-main">
                <Timeline entries={detail.timeline} />
                <Told detail={detail} />
            </div>
            <div class="incident-side">
                <Alerts detail={detail} reload={read.reload} />
                <Outcomes detail={detail} />
                <Place call={call} />
                <Facts call={call} />
            </div>
            {asks(call, session.user.id) && (
                <div class="thumb-act">
                    <IHaveThis call={call} done={done} />
                </div>
            )}
        </article>
    );
}
