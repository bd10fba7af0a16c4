// Navigation without a reload. Links are plain <a href>; one listener handles those of this site.
import { useEffect, useState } from 'preact/hooks';

export interface Place {
    path: string;
    query: string; // with '?', or ''
}

const listeners = new Set<(p: Place) => void>();

export function here(): Place {
    return { path: location.pathname, query: location.search };
}

function tell(): void {
    for (const listener of listeners) listener(here());
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
    if (to === location.pathname + location.search) return;
    if (how === 'push') {
        history.replaceState({ top: scrollY }, '');
        history.pushState({ top: 0 }, '', to);
        const next = new URL(to, location.href);
        if (next.pathname !== lastPath) scrollTo(0, 0);
    } else {
        history.replaceState(history.state, '', to);
    }
    lastPath = location.pathname;
    tell();
}

let lastPath = location.pathname;

function isOurs(a: HTMLAnchorElement): boolean {
    return (
        a.origin === location.origin &&
        !a.target &&
        !a.hasAttribute('download') &&
        !a.pathname.startsWith('/api/') &&
        !(a.hash && a.pathname === location.pathname && a.search === location.search)
    );
}

export function startRouter(): void {
    history.scrollRestoration = 'manual';
    document.addEventListener('click', (e) => {
        if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
        const a = (e.target as Element).closest('a');
        if (!(a instanceof HTMLAnchorElement) || !isOurs(a)) return;
        e.preventDefault();
        go(a.pathname + a.search);
    });
    addEventListener('popstate', (e) => {
        lastPath = location.pathname;
        tell();
        const top = (e.state as { top?: number } | null)?.top ?? 0;
        requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, top)));
    });
}

export function usePlace(): Place {
    const [place, setPlace] = useState(here());
    useEffect(() => {
        listeners.add(setPlace);
        setPlace(here());
        return () => {
            listeners.delete(setPlace);
        };
    }, []);
    return place;
}
