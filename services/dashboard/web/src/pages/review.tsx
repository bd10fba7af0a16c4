// The page To place: calls whose words leave the school open. Nobody is alerted until a person decides, or the
// time is over.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Refusal } from '../lib/api';
import { keepReviews, readReviews, useReviews } from '../lib/reviews';
import type { Review, School, Session } from '../lib/types';
import { count, say } from '../lib/say';
import { useLists, whatOf } from '../lib/words';
import { Choice, Failure, Since, Skeleton } from '../parts/small';

const key = (r: Review) => `${r.agency}/${r.incident}`;

/* Seconds until the question is due, by the server's clock when the list was loaded. */
function useLeft(due: string, asOf: string, readAt: number): number {
    const [, tick] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => tick((n) => n + 1), 1_000);
        return () => clearInterval(timer);
    }, []);
    return Math.max(0, Math.round((Date.parse(due) - Date.parse(asOf) - (Date.now() - readAt)) / 1000));
}

function span(seconds: number): string {
    if (seconds < 120) return count('second', seconds);
    if (seconds < 7200) return count('minute', Math.floor(seconds / 60));
    if (seconds < 172_800) return count('hour', Math.floor(seconds / 3600));
    return count('day', Math.floor(seconds / 86_400));
}

function Limit({ review, asOf, readAt }: { review: Review; asOf: string; readAt: number }) {
    const left = useLeft(review.due_at, asOf, readAt);
    if (review.state === 'expired') {
        return (
            <p class="ask-limit">
                <b>Nobody said in time.</b> It went out with the place uncertain; your word corrects that.
            </p>
        );
    }
    if (review.mode === 'backfill') {
        return <p class="ask-limit">From past years: nobody is alerted. It waits {span(left)} more.</p>;
    }
    return (
        <p class={left < 60 ? 'ask-limit ask-soon' : 'ask-limit'}>
            <b>{left > 0 ? `${span(left)} left.` : 'The time is over.'}</b>{' '}
            {left > 0 ? 'Then the alert goes with the place uncertain.' : 'The alert goes now, as uncertain.'}
        </p>
    );
}

function Answer(props: { review: Review; schools: School[] | null; done: (said: string) => void }) {
    const { review } = props;
    const [remember, setRemember] = useState(false);
    const [other, setOther] = useState('');
    const [state, setState] = useState<'ready' | 'busy' | Refusal>('ready');
    const press = async (school: number | null, said: string) => {
        setState('busy');
        try {
            const list = await api.decide(review, school, remember);
            const others = list.others ? `, and ${count('other', list.others)} with the same words` : '';
            keepReviews(list);
            props.done(`Noted: ${said}${others}${remember ? ', and so from now on' : ''}.`);
        } catch (e) {
            if (e instanceof Refusal && (e.status === 409 || e.status === 404)) {
                props.done('Somebody has answered it already.');
                void readReviews();
                return;
            }
            setState(e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.'));
        }
    };
    const rest = (props.schools ?? []).filter((s) => s.active && !review.schools.some((c) => c.id === s.id));
    const chosen = rest.find((s) => String(s.id) === other);
    return (
        <div class="ask-answer">
            {review.schools.map((s) => (
                <button
                    key={s.id}
                    type="button"
                    class="button button-act"
                    disabled={state === 'busy'}
                    onClick={() => void press(s.id, `at ${s.name}`)}
                >
                    At {s.name}
                </button>
            ))}
            <button
                type="button"
                class="button"
                disabled={state === 'busy'}
                onClick={() => void press(null, 'at none of your schools')}
            >
                At none
            </button>
            {rest.length > 0 && (
                <p class="ask-other">
                    <Choice
                        label={`Another school for ${key(review)}`}
                        value={other}
                        options={[
                            { value: '', label: 'at another school …' },
                            ...rest.map((s) => ({ value: String(s.id), label: s.name })),
                        ]}
                        onChange={setOther}
                    />
                    {chosen && (
                        <button
                            type="button"
                            class="button"
                            disabled={state === 'busy'}
                            onClick={() => void press(chosen.id, `at ${chosen.name}`)}
                        >
                            At {chosen.name}
                        </button>
                    )}
                </p>
            )}
            <label class="ask-remember">
                <input type="checkbox" checked={remember} onChange={(e) => setRemember(e.currentTarget.checked)} />
                <span>Remember these words: every call that waits with them, and each one to come, is placed so by itself</span>
            </label>
            {state instanceof Refusal && (
                <p role="alert" class="said said-wrong">
                    Not noted: {state.message} Press again.
                </p>
            )}
        </div>
    );
}

function Ask(props: { review: Review; asOf: string; readAt: number; schools: School[] | null; done: (s: string) => void }) {
    const { review } = props;
    const words = [review.place_name, review.address].filter(Boolean);
    return (
        <li class="ask" data-row data-ask={key(review)}>
            <div class="ask-head">
                <h2>
                    <q>{words.join(', ')}</q>
                </h2>
                <p class="ask-what">
                    {whatOf(review.type, review)} <span class="quiet">·</span> {review.agency_name}{' '}
                    <span class="quiet">·</span> <Since at={review.opened_at} />
                    {review.mode === 'replay' && <span class="tag">{say('mode.replay')}</span>}
                    {review.sensitivity !== 'open' && (
                        <span class="tag tag-strong">{say(`sensitivity.${review.sensitivity}`)}</span>
                    )}
                </p>
                <Limit review={review} asOf={props.asOf} readAt={props.readAt} />
                <p class="quiet ask-why">
                    {review.schools.map((s) => `${s.name}: ${say(`ask.method.${s.method}`)}`).join('; ')}.
                </p>
            </div>
            <Answer review={review} schools={props.schools} done={props.done} />
        </li>
    );
}

/* Explains the page to a person who sees it for the first time. */
function Nothing() {
    return (
        <section class="empty">
            <h2>What comes here</h2>
            <p>
                Calls whose words may mean one of your schools and are not sure enough to alert from, such as{' '}
                <q>NEAR NORTH HIGH</q> or <q>BUS STOP BY EAST ELEMENTARY</q>. You say at which school the call is, or that it is
                at none.
            </p>
            <p>
                A live call waits a short time for your word. Then the alert goes, and says that the place is uncertain.
                How many wait stands beside <b>To place</b> on every page, so there is no need to keep this one open.
            </p>
        </section>
    );
}

export function ReviewPage({ session }: { session: Session }) {
    const mine = session.user.role === 'district';
    const { data, error, at } = useReviews(mine);
    const { schools } = useLists();
    const [said, setSaid] = useState('');
    const top = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        document.title = `To place · ${session.district.name} · Liaison`;
    }, []);
    if (!mine) {
        return (
            <section class="empty">
                <h1>For people of the whole district</h1>
                <p>Only they can say at which of its schools a call is.</p>
            </section>
        );
    }
    if (!data) {
        return (
            <>
                <h1 class="hidden">To place</h1>
                {error ? (
                    <Failure error={error} again={() => void readReviews()} busy={false} />
                ) : (
                    <Skeleton label="Reading the list" lines={[90, 60, 0, 100, 100]} />
                )}
            </>
        );
    }
    const done = (text: string) => {
        setSaid(text);
        top.current?.focus();
    };
    return (
        <div class="review">
            <div class="opening">
                <h1 class="sentence" ref={top} tabIndex={-1}>
                    {data.open === 0
                        ? 'No call waits to be placed.'
                        : `${count('call_waits', data.open)} for your word where ${data.open === 1 ? 'it is' : 'they are'}.`}
                </h1>
                {data.items.length > 0 && (
                    <p class="quiet">
                        The agency’s words may mean one of your schools, and are not sure enough to alert from. Live
                        calls wait a short time; then the alert goes, and says that the place is uncertain.
                    </p>
                )}
                <p role="status" class="ask-said">
                    {said}
                </p>
                {error && <p class="quiet">The list could not be read just now: {error.message}</p>}
            </div>
            {data.items.length === 0 && <Nothing />}
            <ol class="asks">
                {data.items.map((r) => (
                    <Ask key={key(r)} review={r} asOf={data.as_of} readAt={at} schools={schools} done={done} />
                ))}
            </ol>
        </div>
    );
}
