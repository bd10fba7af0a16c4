// Loads data for a page. Loaded data stays on the page during a reload, and when a reload fails.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from './api';

export interface Loaded<T> {
    data: T | null;
    error: Refusal | null; // of the last try; data may be set as well
    busy: boolean;
    reload: () => void;
    replace: (data: T) => void;
    drop: (error: Refusal) => void; // the person may no longer see the data
}

/* After these errors the page drops its data, because the person may no longer see them. */
export const isGone = (error: Refusal) => [401, 403, 404, 410].includes(error.status);

const asRefusal = (e: unknown) =>
    e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'The page could not make sense of the answer.');

export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>, first: T | null = null): Loaded<T> {
    const [held, setHeld] = useState<{ key: string; data: T | null; error: Refusal | null }>({
        key,
        data: first,
        error: null,
    });
    const [busy, setBusy] = useState(false);
    const [again, setAgain] = useState(0);
    const latest = useRef(load);
    latest.current = load;
    const underway = useRef<AbortController | null>(null);

    useEffect(() => {
        const abort = new AbortController();
        underway.current = abort;
        setBusy(true);
        latest
            .current(abort.signal)
            .then((data) => {
                if (!abort.signal.aborted) setHeld({ key, data, error: null });
            })
            .catch((e: unknown) => {
                if (abort.signal.aborted) return;
                const error = asRefusal(e);
                setHeld((h) => ({ key, data: !isGone(error) && h.key === key ? h.data : null, error }));
            })
            .finally(() => {
                if (!abort.signal.aborted) setBusy(false);
            });
        return () => abort.abort();
    }, [key, again]);

    const reload = useCallback(() => setAgain((n) => n + 1), []);
    const replace = useCallback((data: T) => setHeld({ key, data, error: null }), [key]);
    // An answer to an earlier request must not bring the data back.
    const drop = useCallback(
        (error: Refusal) => {
            underway.current?.abort();
            setBusy(false);
            setHeld({ key, data: null, error });
        },
        [key],
    );
    return {
        data: held.key === key ? held.data : null,
        error: held.key === key ? held.error : null,
        busy,
        reload,
        replace,
        drop,
    };
}

const AGAIN_MS = 15_000;

/* The page behind a link can stay open for minutes. It loads again at intervals while it is visible, and at once when it
 * becomes visible, so that it does not show a call that has been sealed or moved. */
export function useLookAgain(reload: () => void, wanted: boolean): void {
    useEffect(() => {
        if (!wanted) return;
        const look = () => {
            if (!document.hidden) reload();
        };
        const timer = setInterval(look, AGAIN_MS);
        document.addEventListener('visibilitychange', look);
        window.addEventListener('pageshow', look);
        return () => {
            clearInterval(timer);
            document.removeEventListener('visibilitychange', look);
            window.removeEventListener('pageshow', look);
        };
    }, [reload, wanted]);
}
