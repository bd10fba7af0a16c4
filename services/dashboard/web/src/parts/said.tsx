// What people say of an alert beside "I have this": who had it when, comments, and the acts that go with it. The page
// behind a link and the page of a call show the same.
import { useState } from 'preact/hooks';
import { Refusal } from '../lib/api';
import type { AlertAct, AlertSaid, Said } from '../lib/types';
import { say } from '../lib/say';
import { written } from '../lib/text';
import { saidLine } from '../lib/timeline';
import { whoSaid } from '../lib/words';
import { When } from './small';

const TEXT_MOST = 280;

export function Log({ log }: { log: Said[] }) {
    if (!log.length) return null;
    return (
        <ol class="said-log">
            {log.map((s, i) => (
                <li key={i} class={`said-${s.kind}`}>
                    <When at={s.at} short />
                    <div>
                        <p>
                            <b>{saidLine(s)}</b>
                            {s.late && <span class="tag">{say('said.late')}</span>}
                        </p>
                        {s.text !== null && <p class="said-text">{s.text}</p>}
                    </div>
                </li>
            ))}
        </ol>
    );
}

type Open = 'nothing' | 'undone' | 'handed_over' | 'comment';

/* Each act is chosen first, and then confirmed. */
function Chosen(props: { open: Open; people: AlertSaid['people']; busy: boolean; send: (act: AlertAct) => void; close: () => void }) {
    const [to, setTo] = useState('');
    const [text, setText] = useState('');
    const { open, people, busy, send, close } = props;
    const buttons = (label: string, ready: boolean) => (
        <div class="said-buttons">
            <button type="submit" class="button" disabled={busy || !ready}>
                {busy ? 'One moment …' : label}
            </button>
            <button type="button" class="plain" onClick={close}>
                Not now
            </button>
        </div>
    );
    const submit = (act: AlertAct) => (e: Event) => {
        e.preventDefault();
        send(act);
    };
    if (open === 'undone') {
        return (
            <form class="said-form" onSubmit={submit({ act: 'undone' })}>
                <p>If nobody else has it, the alert opens again, and people are asked as if nobody had taken it.</p>
                {buttons('Give it back', true)}
            </form>
        );
    }
    if (open === 'handed_over') {
        return (
            <form class="said-form" onSubmit={submit({ act: 'handed_over', to: Number(to) })}>
                <label for="said-to">Hand it to</label>
                <select id="said-to" value={to} onChange={(e) => setTo(e.currentTarget.value)}>
                    <option value="">Choose a person</option>
                    {people.map((p) => (
                        <option key={p.id} value={p.id}>
                            {whoSaid(p.name, p.role)}
                        </option>
                    ))}
                </select>
                <p class="quiet">Until that person says “I have this”, nobody has it.</p>
                {buttons('Hand it over', to !== '')}
            </form>
        );
    }
    const left = TEXT_MOST - [...text].length;
    return (
        <form class="said-form" onSubmit={submit({ act: 'comment', text: written(text) })}>
            <label for="said-text">Comment</label>
            <textarea id="said-text" rows={3} value={text} aria-describedby="said-left" onInput={(e) => setText(e.currentTarget.value.replace(/\s*\n\s*/g, ' '))} />
            <p class="quiet" id="said-left">
                {left >= 0 ? `${left} characters left.` : `${-left} characters too many.`} Whoever may see this call can read it.
                Name no student.
            </p>
            {buttons('Add the comment', written(text) !== '' && left >= 0)}
        </form>
    );
}

/* send rejects with a Refusal, which is shown. */
export function Say({ part, over, send }: { part: Pick<AlertSaid, 'yours' | 'people'>; over: boolean; send: (act: AlertAct) => Promise<void> }) {
    const [open, setOpen] = useState<Open>('nothing');
    const [state, setState] = useState<'ready' | 'busy' | Refusal>('ready');
    const choose = (next: Open) => {
        setOpen(next);
        setState('ready');
    };
    const act = async (what: AlertAct) => {
        setState('busy');
        try {
            await send(what);
            choose('nothing');
        } catch (e) {
            setState(e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.'));
        }
    };
    return (
        <div class="said-acts">
            {open === 'nothing' ? (
                <div class="said-buttons">
                    <button type="button" class="plain" onClick={() => choose('comment')}>
                        Comment
                    </button>
                    {part.yours && !over && part.people.length > 0 && (
                        <button type="button" class="plain" onClick={() => choose('handed_over')}>
                            Hand it over
                        </button>
                    )}
                    {part.yours && !over && (
                        <button type="button" class="plain" onClick={() => choose('undone')}>
                            Give it back
                        </button>
                    )}
                </div>
            ) : (
                <Chosen open={open} people={part.people} busy={state === 'busy'} send={(what) => void act(what)} close={() => choose('nothing')} />
            )}
            {state instanceof Refusal && (
                <p role="alert" class="said said-wrong">
                    Not noted: {state.message}
                </p>
            )}
        </div>
    );
}
