// Small components that every page uses.
import type { ComponentChildren } from 'preact';
import type { Refusal } from '../lib/api';
import { ago, dateOf, isToday, now, timeOf, useTick } from '../lib/clock';
import type { Hold } from '../lib/words';

/* '09:12', with '4 min ago' below it, and with the date above it if that is not today. */
export function When({ at, short = false }: { at: string; short?: boolean }) {
    useTick();
    return (
        <time class="when" dateTime={at}>
            {!isToday(at) && <span class="when-date">{dateOf(at)}</span>}
            <span class="when-time">{timeOf(at)}</span>
            {!short && <span class="when-ago">{ago(at)}</span>}
        </time>
    );
}

/* '09:12 · 4 min ago', within a line of text. */
export function Since({ at }: { at: string }) {
    useTick();
    return (
        <time class="since" dateTime={at}>
            {!isToday(at) && `${dateOf(at)}, `}
            {timeOf(at)}
            <span class="since-ago"> · {ago(at)}</span>
        </time>
    );
}

/* When the page was printed. The screen does not show it. */
export function Printed() {
    useTick();
    const at = new Date(now()).toISOString();
    return (
        <p class="on-paper">
            Printed {dateOf(at)}, {timeOf(at)}
        </p>
    );
}

const SHAPES: Record<Hold, ComponentChildren> = {
    nobody: <rect x="1.5" y="1.5" width="13" height="13" class="mark-fill" />,
    some: (
        <>
            <rect x="1.5" y="1.5" width="13" height="13" class="mark-line" />
            <path d="M4.9 8.3l2.2 2.2 4.1-4.6" class="mark-line" />
        </>
    ),
    somebody: (
        <>
            <circle cx="8" cy="8" r="6.2" class="mark-line" />
            <path d="M4.9 8.3l2.2 2.2 4.1-4.6" class="mark-line" />
        </>
    ),
    held: (
        <>
            <circle cx="8" cy="8" r="6.2" class="mark-line" />
            <circle cx="8" cy="8" r="2.4" class="mark-fill" />
        </>
    ),
    untold: <circle cx="8" cy="8" r="6.2" class="mark-line" />,
    over: <path d="M3 8h10" class="mark-line" />,
};

/* The mark for whether somebody has the call, in lists and on the map. A word always stands beside it. */
export function Mark({ hold }: { hold: Hold }) {
    return (
        <svg class={`mark mark-${hold}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            {SHAPES[hold]}
        </svg>
    );
}

export function Banner({ kind, children }: { kind: 'stale' | 'note'; children: ComponentChildren }) {
    return (
        <div class={`banner banner-${kind}`} role={kind === 'stale' ? 'status' : undefined}>
            <div class="banner-in">{children}</div>
        </div>
    );
}

export function Failure({ error, again, busy }: { error: Refusal; again: () => void; busy: boolean }) {
    return (
        <section class="failure" role="alert">
            <h2>This could not be read</h2>
            <p>
                {error.message} Nothing is lost by it: this page only shows calls. Taking them in and alerting people
                do not depend on it.
            </p>
            <button type="button" class="button" onClick={again} disabled={busy}>
                {busy ? 'Trying …' : 'Try again'}
            </button>
        </section>
    );
}

/* A placeholder while data is loaded: lines of these lengths, in percent. */
export function Skeleton({ lines, label }: { lines: number[]; label: string }) {
    return (
        <div class="skeleton" role="status">
            <span class="hidden">{label}</span>
            {lines.map((length, i) => (
                <span key={i} class={`bone bone-${length}`} aria-hidden="true" />
            ))}
        </div>
    );
}

/* A select within a sentence. It lies over the text of its current choice. */
export function Choice(props: {
    label: string;
    value: string;
    options: { value: string; label: string }[];
    onChange: (value: string) => void;
}) {
    const shown = props.options.find((o) => o.value === props.value)?.label ?? props.value;
    return (
        <span class={props.value && props.value !== 'any' ? 'choice choice-set' : 'choice'}>
            <span aria-hidden="true" class="choice-text">
                {shown}
            </span>
            <select
                aria-label={props.label}
                value={props.value}
                onChange={(e) => props.onChange(e.currentTarget.value)}
            >
                {props.options.map((o) => (
                    <option key={o.value} value={o.value}>
                        {o.label}
                    </option>
                ))}
            </select>
        </span>
    );
}
