// New calls are marked until the person has seen them. The browser stores which calls were seen.
import { useEffect, useState } from 'preact/hooks';
import type { Call } from './types';
import { onForget } from './forget';
import { callKey } from './words';

const STORE = 'liaison.seen';
const MOST = 400;
const LOOKED_MS = 2_500;

let seen: Set<string> | null = null;
const watchers = new Set<() => void>();

function load(): Set<string> | null {
    try {
        const text = localStorage.getItem(STORE);
        return text ? new Set(JSON.parse(text) as string[]) : null;
    } catch {
        return null;
    }
}

function save(): void {
    try {
        localStorage.setItem(STORE, JSON.stringify([...(seen ?? [])].slice(-MOST)));
    } catch {
        // Without storage, calls are marked again after each reload.
    }
}

/* The calls of the first list in this browser do not count as new. */
export function startSeen(calls: Call[]): void {
    seen ??= load();
    if (seen) return;
    seen = new Set(calls.map(callKey));
    save();
}

export function markSeen(keys: string[]): void {
    seen ??= load();
    if (!seen) return;
    let moved = false;
    for (const key of keys) {
        if (seen.has(key)) continue;
        seen.add(key);
        moved = true;
    }
    if (!moved) return;
    save();
    for (const watch of watchers) watch();
}

export const isNew = (call: Call) => seen !== null && !seen.has(callKey(call));

/* Renders again when marks are removed. */
export function useSeen(): void {
    const [, draw] = useState(0);
    useEffect(() => {
        const watch = () => draw((n) => n + 1);
        watchers.add(watch);
        return () => {
            watchers.delete(watch);
        };
    }, []);
}

const onScreen = new Map<string, Element>();

/* Numbers of calls must not stay in the browser for its next user. */
onForget(() => {
    seen = null;
    onScreen.clear();
    try {
        localStorage.removeItem(STORE);
    } catch {
        // Without storage, nothing was stored.
    }
});

function look(): void {
    if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
    const keys: string[] = [];
    for (const [key, row] of onScreen) {
        const box = row.getBoundingClientRect();
        if (box.bottom > 0 && box.top < innerHeight) keys.push(key);
    }
    if (keys.length) setTimeout(() => markSeen(keys), LOOKED_MS);
}

/* Input shows that the person is present: calls on the screen count as seen shortly after it. */
export function startLooking(): void {
    for (const sign of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart']) {
        addEventListener(sign, () => onScreen.size > 0 && look(), { passive: true });
    }
}

export function watchRow(call: Call, row: Element | null): void {
    if (row && isNew(call)) onScreen.set(callKey(call), row);
    else onScreen.delete(callKey(call));
}
