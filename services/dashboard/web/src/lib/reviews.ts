// Questions about the place of a call. They are polled: they have a time limit, and the live stream
// has no event for them. The frame, which shows their number, and the page share one poll.
import { useEffect, useState } from 'preact/hooks';
import { api, Refusal } from './api';
import type { Reviews } from './types';

const AGAIN_MS = 10_000;

let held: { data: Reviews | null; error: Refusal | null; at: number } = { data: null, error: null, at: 0 };
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tell(): void {
    for (const watch of watchers) watch();
}

/* Stores a list that was loaded, or that the server returned after a decision. */
export function keepReviews(data: Reviews): void {
    held = { data, error: null, at: Date.now() };
    tell();
}

export async function readReviews(): Promise<void> {
    try {
        keepReviews(await api.reviews());
    } catch (e) {
        const error = e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.');
        held = { ...held, error };
        tell();
    }
}

export function useReviews(wanted = true): typeof held {
    const [, setState] = useState(0);
    useEffect(() => {
        if (!wanted) return;
        const watch = () => setState((n) => n + 1);
        watchers.add(watch);
        if (!timer) {
            timer = setInterval(() => void readReviews(), AGAIN_MS);
            void readReviews();
        }
        return () => {
            watchers.delete(watch);
            if (watchers.size) return;
            clearInterval(timer);
            timer = undefined;
            held = { data: null, error: null, at: 0 };
        };
    }, [wanted]);
    return held;
}

/* The number of open questions. null: the person may not see them. */
export function useOpenReviews(wanted: boolean): number | null {
    const { data } = useReviews(wanted);
    return wanted ? (data?.open ?? 0) : null;
}
