// Keys: / searches, j and k move through the rows, Enter opens the row's link, ? lists the keys.
import { go } from './router';

export const KEYS: [string, string][] = [
    ['/', 'Search calls'],
    ['j', 'Next call'],
    ['k', 'Call before'],
    ['Enter', 'Open the call'],
    ['n', 'Now'],
    ['c', 'Calls'],
    ['o', 'Outcomes'],
    ['p', 'To place'],
    ['?', 'This list'],
];

function move(step: 1 | -1): void {
    const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((r) => r.offsetParent !== null);
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[at < 0 ? (step === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
    const link = next?.querySelector<HTMLElement>('a[href], button');
    link?.focus();
    next?.scrollIntoView({ block: 'nearest' });
}

function search(): void {
    const box = document.querySelector<HTMLInputElement>('#search');
    if (box) {
        box.focus();
        box.select();
        return;
    }
    go('/calls');
    setTimeout(() => document.querySelector<HTMLInputElement>('#search')?.focus(), 60);
}

export function startKeys(help: () => void, signedIn: () => boolean): void {
    const acts: Record<string, () => void> = {
        '/': search,
        j: () => move(1),
        k: () => move(-1),
        n: () => go('/'),
        c: () => go('/calls'),
        o: () => go('/outcomes'),
        p: () => go('/review'),
        '?': help,
    };
    addEventListener('keydown', (e) => {
        const target = e.target as HTMLElement;
        const typing = target.closest('input, select, textarea, [contenteditable], dialog');
        if (e.key === 'Escape' && target.id === 'search') target.blur();
        if (typing || e.ctrlKey || e.metaKey || e.altKey || !signedIn()) return;
        const act = acts[e.key];
        if (!act) return;
        e.preventDefault();
        act();
    });
}
