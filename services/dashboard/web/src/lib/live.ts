// The live stream. It only names the calls that changed; pages then load them again. The browser reconnects
// by itself and sends Last-Event-ID. If the browser gives up, this module opens a new stream, and
// pages load everything again. A hidden page closes its stream: a browser opens six connections to a
// server for all tabs, and six streams would leave none for requests.
import { useEffect, useRef, useState } from 'preact/hooks';
import { now, setServerTime } from './clock';

export interface Moved {
    agency: string;
    incident: string;
    gone?: boolean; // the person may no longer see it
}

const SILENT_AFTER_MS = 40_000;
const RETRY_MS = 3_000;
const ASK_MS = 15_000;
const HIDDEN_MS = 5_000; // a shorter visit to another tab keeps the stream open

const listeners = new Set<(moved: Moved | null) => void>();
const watchers = new Set<() => void>();
let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let hiding: ReturnType<typeof setTimeout> | undefined;
let asking: ReturnType<typeof setInterval> | undefined;
let wanted = false;
let onLost: () => void = () => {};
let lastWord = 0; // server's time when it was last heard from, in ms; 0: not yet

/* Sets the callback for the end or failure of the stream. A stream ends with its session, without giving a reason. */
export function whenStreamLost(then: () => void): void {
    onLost = then;
}

function heard(): void {
    lastWord = now();
    for (const watch of watchers) watch();
}

function tell(moved: Moved | null): void {
    heard();
    for (const listener of listeners) listener(moved);
}

function open(): void {
    retry = undefined;
    source = new EventSource('/api/v1/stream');
    source.addEventListener('open', () => {
        // Data that was loaded before the stream opened may be out of date.
        tell(null);
    });
    source.addEventListener('heartbeat', (e) => {
        setServerTime((JSON.parse((e as MessageEvent<string>).data) as { at: string }).at);
        heard();
    });
    const moved = (e: Event) => tell(JSON.parse((e as MessageEvent<string>).data) as Moved);
    source.addEventListener('change', moved);
    source.addEventListener('gone', (e) =>
        tell({ ...(JSON.parse((e as MessageEvent<string>).data) as Moved), gone: true }),
    );
    source.addEventListener('alert', moved);
    source.addEventListener('reset', () => tell(null));
    source.addEventListener('error', () => {
        for (const watch of watchers) watch();
        if (source?.readyState === EventSource.CLOSED) {
            source = null;
            retry = setTimeout(open, RETRY_MS);
        }
        onLost();
    });
}

function letGo(): void {
    clearTimeout(retry);
    retry = undefined;
    source?.close();
    source = null;
    for (const watch of watchers) watch();
}

function takeUp(): void {
    if (wanted && !document.hidden && !source && retry === undefined) open();
}

export function startLive(): void {
    wanted = true;
    // A stream that hangs causes no error event.
    asking ??= setInterval(() => {
        if (!document.hidden && stateNow().state !== 'live') onLost();
    }, ASK_MS);
    takeUp();
}

export function stopLive(): void {
    wanted = false;
    clearInterval(asking);
    asking = undefined;
    letGo();
    lastWord = 0;
}

document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(letGo, HIDDEN_MS);
    else takeUp();
});
window.addEventListener('pagehide', letGo);
window.addEventListener('pageshow', takeUp);

/* An answer of the API also shows that the server is up. */
export function heardByReading(): void {
    heard();
}

export interface LiveState {
    state: 'starting' | 'live' | 'silent';
    lastWord: string | null;
}

function stateNow(): LiveState {
    if (lastWord === 0) return { state: 'starting', lastWord: null };
    const word = new Date(lastWord).toISOString();
    if (now() - lastWord > SILENT_AFTER_MS) return { state: 'silent', lastWord: word };
    return { state: source?.readyState === EventSource.OPEN ? 'live' : 'starting', lastWord: word };
}

export function useLive(): LiveState {
    const [state, setState] = useState(stateNow);
    useEffect(() => {
        const watch = () => {
            const next = stateNow();
            setState((old) => (old.state === next.state && next.state === 'live' ? old : next));
        };
        watchers.add(watch);
        const timer = setInterval(watch, 2_000);
        return () => {
            watchers.delete(watch);
            clearInterval(timer);
        };
    }, []);
    return state;
}

/* Calls `then` with changes; changes within `gather` ms share one callback. null: anything may have changed. */
export function useMoved(then: (moved: (Moved | null)[]) => void, gather = 300): void {
    const latest = useRef(then);
    latest.current = then;
    useEffect(() => {
        let gathered: (Moved | null)[] = [];
        let timer: ReturnType<typeof setTimeout> | undefined;
        const listener = (moved: Moved | null) => {
            gathered.push(moved);
            timer ??= setTimeout(() => {
                timer = undefined;
                const all = gathered;
                gathered = [];
                latest.current(all);
            }, gather);
        };
        listeners.add(listener);
        return () => {
            listeners.delete(listener);
            clearTimeout(timer);
        };
    }, [gather]);
}
