// The page Now: the open calls at the person's schools, and whether somebody has them.
import { useEffect, useState } from 'preact/hooks';
import { api } from '../lib/api';
import { setServerTime, spell, timeOf, today, useTick } from '../lib/clock';
import { heardByReading, useLive, useMoved } from '../lib/live';
import { useLoad } from '../lib/load';
import { sentence } from '../lib/present';
import { startSeen, isNew, useSeen } from '../lib/seen';
import type { Agency, Call, Now, Proof, SchoolNow, Session } from '../lib/types';
import { count, figure, say } from '../lib/say';
import { asks, hold, type Hold, list, tally, upperFirst, useLists, what } from '../lib/words';
import { IHaveThis } from '../parts/act';
import { CampusMap, holdsOf } from '../parts/map';
import { CallRows } from '../parts/row';
import { Banner, Failure, Mark, Since, Skeleton } from '../parts/small';

const GROUPS: Exclude<Hold, 'over'>[] = ['nobody', 'some', 'somebody', 'held', 'untold'];

function CutOff({ agencies }: { agencies: Agency[] }) {
    const cut = agencies.filter((a) => a.state === 'cut_off');
    if (!cut.length) return null;
    return (
        <Banner kind="stale">
            <b>
                Nothing heard from{' '}
                {list(cut.map((a) => (a.last_heard_at ? `${a.name} since ${spell(a.last_heard_at)}` : a.name)))}.
            </b>{' '}
            {cut.length === 1 ? 'Its' : 'Their'} calls will come in late. To be sure, ask
            {cut.length === 1 ? ' its' : ' their'} dispatch.
        </Banner>
    );
}

const channelName = (channel: Now['alerts_working'][number]) => say(`alarm.channel.${channel}`);
const channels = (all: Now['alerts_working']) => list([...new Set(all)].map(channelName));

/* People must not rely on alerts that do not go out. */
function AlertsFail({ failing, working }: { failing: Now['alerts_failing']; working: Now['alerts_working'] }) {
    if (!failing.length) return null;
    const why = list(failing.map((f) => say(`alerts_failing.${f.check}`, { channel: f.channel ? channelName(f.channel) : '' })));
    const concerned = failing.flatMap((f) => f.channel ?? []);
    if (!working.length || concerned.length < failing.length)
        return (
            <Banner kind="stale">
                <b>Alerts may not reach people:</b> {why}. Tell people in another way, and tell whoever runs Liaison.
            </Banner>
        );
    return (
        <Banner kind="stale">
            <b>Alerts by {channels(concerned)} may not reach people:</b> {why}. Tell those who get alerts only by{' '}
            {channels(concerned)} in another way, and tell whoever runs Liaison. Alerts by {channels(working)} are not affected.
        </Banner>
    );
}

function openQuiet(): void {
    document.querySelector('#quiet details')?.setAttribute('open', '');
}

function Figures({ now, session }: { now: Now; session: Session }) {
    const day = today();
    const begun = now.schools.reduce((sum, s) => sum + s.today, 0);
    const open = now.schools.reduce((sum, s) => sum + s.open, 0);
    const quiet = now.schools.filter((s) => s.open === 0).length;
    const several = now.schools.length > 1;
    if (session.user.role !== 'district' && !several) return null;
    return (
        <p class="figures">
            {session.user.role === 'district' && (
                <>
                    <a href="/calls?status=open">
                        <b>{figure(open)}</b> open
                    </a>
                    <a href={`/calls?from=${day}&to=${day}`}>
                        <b>{figure(begun)}</b> today
                    </a>
                </>
            )}
            {several && (
                <a href="#quiet" onClick={openQuiet}>
                    <b>{figure(quiet)}</b> {quiet === 1 ? 'school' : 'schools'} quiet
                </a>
            )}
        </p>
    );
}

const LIVE = ['live', 'quiet', 'cut_off'];

/* The text for an empty list. */
function Nothing({ now }: { now: Now }) {
    const last = now.recent[0];
    const before = now.schools.reduce<SchoolNow | null>(
        (a, s) => (s.last_call_at && s.last_call_at > (a?.last_call_at ?? '') ? s : a),
        null,
    );
    return (
        <section class="empty" aria-label="Open calls">
            <h2>No open call</h2>
            {last && (
                <p>
                    The last one was <a href="#recent">{what(last)}</a> at {timeOf(last.opened_at)}.
                </p>
            )}
            {!last && before?.last_call_at && (
                <p>
                    The last one was at <a href={`/calls?school=${before.id}`}>{before.name}</a>,{' '}
                    <Since at={before.last_call_at} />.
                </p>
            )}
            {!last && !before && <p>No call at one of your schools has ever come in.</p>}
            <p>
                {now.agencies.some((a) => LIVE.includes(a.state))
                    ? 'A new call shows here within a second of the agency sending it.'
                    : 'No agency sends live calls here: only past records came, or nothing yet.'}
            </p>
        </section>
    );
}

function Open({ now, me, done }: { now: Now; me: number; done: (call: Call) => void }) {
    if (!now.open.length) return <Nothing now={now} />;
    return (
        <>
            {GROUPS.map((state) => {
                const calls = now.open.filter((c) => hold(c) === state);
                if (!calls.length) return null;
                return (
                    <section key={state} class={`group group-${state}`}>
                        <h2>{upperFirst(say(`hold.${state}`))}</h2>
                        <ol class="log">
                            <CallRows calls={calls} take={{ me, done }} />
                        </ol>
                    </section>
                );
            })}
        </>
    );
}

/* The content of the map as text. */
function Twin({ now }: { now: Now }) {
    const holds = holdsOf(now.open);
    const busy = now.schools.filter((s) => holds.has(s.id));
    return (
        <section class="twin">
            <h2>Campuses</h2>
            <CampusMap schools={now.schools} open={now.open} tall />
            {busy.length === 0 && (
                <p class="quiet">{now.schools.length === 1 ? 'It is quiet.' : `All ${figure(now.schools.length)} are quiet.`}</p>
            )}
            <ul class="twin-list">
                {busy.map((s) => {
                    const state = holds.get(s.id) ?? 'over';
                    const calls = now.open.filter((c) => c.schools.some((x) => x.id === s.id));
                    return (
                        <li key={s.id}>
                            <Mark hold={state} />
                            <span>
                                <a href={`/calls?school=${s.id}`}>{s.name}</a>: {list(tally(calls.map(what)))}, {state === 'over' ? '' : say(`hold.${state}`)}
                            </span>
                        </li>
                    );
                })}
            </ul>
        </section>
    );
}

function School({ school, day }: { school: SchoolNow; day: string }) {
    return (
        <tr>
            <th scope="row">
                <a href={`/calls?school=${school.id}`}>{school.name}</a>
                <span class="quiet"> {say(`level.${school.level}`)}</span>
            </th>
            <td class="number">
                {school.today ? <a href={`/calls?school=${school.id}&from=${day}&to=${day}`}>{school.today}</a> : '0'}
            </td>
            <td class="number">{school.last_call_at ? <Since at={school.last_call_at} /> : 'none yet'}</td>
        </tr>
    );
}

function Quiet({ schools }: { schools: SchoolNow[] }) {
    const quiet = schools.filter((s) => s.open === 0);
    const day = today();
    if (schools.length === 1 && quiet.length === 0) return null;
    return (
        <section id="quiet" class="quiet-schools">
            <details>
                <summary>
                    <h2>{count('school_is', quiet.length)} quiet</h2>
                </summary>
                <table class="figures-table">
                    <thead>
                        <tr>
                            <th scope="col">School</th>
                            <th scope="col" class="number">
                                Today
                            </th>
                            <th scope="col" class="number">
                                Last call
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {quiet.map((s) => (
                            <School key={s.id} school={s} day={day} />
                        ))}
                    </tbody>
                </table>
            </details>
        </section>
    );
}

/* The state of the feeds, in a few words. */
function complete({ proven_to, proved_at, unproven, missing, lost, differing }: Proof): string {
    if (lost) return say('proof.lost', { records: count('record', lost) });
    if (missing) return say('proof.missing', { records: count('record', missing) });
    if (differing) return say('proof.differing');
    if (!proven_to && proved_at) return say('proof.in_part', { records: count('record', unproven) });
    if (!proven_to) return say('proof.never');
    if (unproven) return say('proof.to', { when: spell(proven_to), records: count('record', unproven) });
    return say('proof.complete', { when: spell(proven_to) });
}

const isOpen = (p: Proof) => p.missing > 0 || p.differing > 0;

function Agencies({ agencies }: { agencies: Agency[] }) {
    useTick();
    return (
        <section class="agencies">
            <h2>Last word from each agency</h2>
            <ul>
                {agencies.map((a) => (
                    <li key={a.slug} class={`agency agency-${a.state}`}>
                        <span class="agency-name">{a.name}</span>
                        <span class="agency-state">{say(`agency.state.${a.state}`)}</span>
                        <span class="agency-at">{a.last_heard_at ? <Since at={a.last_heard_at} /> : 'never'}</span>
                        {a.proof && (
                            <span class={`agency-proof${isOpen(a.proof) ? ' agency-open' : ''}`}>{complete(a.proof)}</span>
                        )}
                    </li>
                ))}
            </ul>
        </section>
    );
}

function Waiting() {
    return (
        <div class="now">
            <Skeleton label="Reading what is happening now" lines={[90, 60, 0, 100, 100, 100, 70]} />
        </div>
    );
}

export function NowPage({ session }: { session: Session }) {
    useLists();
    useSeen();
    const live = useLive();
    const read = useLoad('now', async (signal) => {
        const now = await api.now(signal);
        setServerTime(now.as_of);
        heardByReading();
        startSeen([...now.open, ...now.recent]);
        return now;
    });
    const [spoken, setSpoken] = useState('');
    useMoved(read.reload);
    // Whether alerts go out comes by no stream. And while the stream is silent, nothing else does.
    useEffect(() => {
        const timer = setInterval(read.reload, live.state === 'live' ? 30_000 : 10_000);
        return () => clearInterval(timer);
    }, [live.state]);
    const now = read.data;
    const fresh = now?.open.filter(isNew).length ?? 0;
    useEffect(() => {
        document.title = `${fresh ? `(${fresh} new) ` : ''}Now · ${session.district.name}`;
        if (now) setSpoken(sentence(now, session.user.schools));
    }, [now, fresh]);

    if (!now) return read.error ? <Failure error={read.error} again={read.reload} busy={read.busy} /> : <Waiting />;
    const done = (call: Call) => {
        read.replace({
            ...now,
            open: now.open.map((c) => (c.agency === call.agency && c.incident === call.incident ? call : c)),
        });
        read.reload();
    };
    const me = session.user.id;
    const asked = now.open.filter((c) => asks(c, me));
    const first = asked.find((c) => hold(c) === 'nobody') ?? asked[0];
    return (
        <>
            <AlertsFail failing={now.alerts_failing} working={now.alerts_working} />
            <CutOff agencies={now.agencies} />
            {read.error && live.state !== 'silent' && (
                <Banner kind="stale">
                    <b>This is as of {timeOf(now.as_of)}.</b> {read.error.message} The page keeps trying.
                </Banner>
            )}
            <div class="now">
                <div class="opening">
                    <h1 class="sentence">{sentence(now, session.user.schools)}</h1>
                    <p class="hidden" role="status">
                        {spoken}
                    </p>
                    <Figures now={now} session={session} />
                </div>
                <div class="now-main">
                    <Open now={now} me={me} done={done} />
                    <section id="recent" class="group group-over">
                        <h2>Earlier in the last 24 hours</h2>
                        {now.recent.length ? (
                            <ol class="log log-short">
                                <CallRows calls={now.recent} take={null} />
                            </ol>
                        ) : (
                            <p class="quiet">None. Older ones are under Calls.</p>
                        )}
                    </section>
                </div>
                <div class="now-side">
                    <Twin now={now} />
                    <Agencies agencies={now.agencies} />
                    <Quiet schools={now.schools} />
                </div>
            </div>
            {first && (
                <div class="thumb-act">
                    <IHaveThis call={first} done={done} long />
                </div>
            )}
        </>
    );
}
