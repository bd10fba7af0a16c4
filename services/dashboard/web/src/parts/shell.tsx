// The frame of the pages behind the sign-in: the district, the menu, the person, and whether the page is live.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { secondsOf } from '../lib/clock';
import { KEYS } from '../lib/keys';
import { useLive } from '../lib/live';
import { useOpenReviews } from '../lib/reviews';
import { usePlace } from '../lib/router';
import type { Session } from '../lib/types';
import { Banner, Printed } from './small';

const PAGES: [string, string][] = [
    ['/', 'Now'],
    ['/calls', 'Calls'],
    ['/outcomes', 'Outcomes'],
];

function Links({ label, where, toPlace }: { label: string; where: string; toPlace: number | null }) {
    const { path } = usePlace();
    const link = (href: string, name: string, on: boolean, count = 0) => (
        <a key={href} href={href} aria-current={on ? 'page' : undefined}>
            <span>
                {name}
                {count > 0 && <span class="count">{count}</span>}
            </span>
        </a>
    );
    return (
        <nav class={toPlace === null ? where : `${where} links-4`} aria-label={label}>
            {PAGES.map(([href, name]) => link(href, name, href === '/' ? path === '/' : path.startsWith(href)))}
            {toPlace !== null && link('/review', 'To place', path === '/review', toPlace)}
        </nav>
    );
}

function LiveSign() {
    const live = useLive();
    const words = { starting: 'Connecting', live: 'Live', silent: 'No word' };
    return (
        <span class={`live live-${live.state}`}>
            <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
                {live.state === 'live' ? <circle cx="6" cy="6" r="5" /> : <circle cx="6" cy="6" r="4.2" class="hollow" />}
            </svg>
            {words[live.state]}
        </span>
    );
}

function Stale() {
    const live = useLive();
    if (live.state !== 'silent' || !live.lastWord) return null;
    return (
        <Banner kind="stale">
            <b>No word from Liaison since {secondsOf(live.lastWord)}.</b> What you see may be out of date. Alerts do
            not depend on this page; it keeps trying and will catch up by itself.
        </Banner>
    );
}

export function KeysDialog({ open, close }: { open: boolean; close: () => void }) {
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        if (open) dialog.current?.showModal();
        else dialog.current?.close();
    }, [open]);
    return (
        <dialog ref={dialog} class="sheet" aria-labelledby="keys-title" onClose={close}>
            <h2 id="keys-title">Keys</h2>
            <dl class="keys">
                {KEYS.map(([key, what]) => (
                    <div key={key}>
                        <dt>
                            <kbd>{key}</kbd>
                        </dt>
                        <dd>{what}</dd>
                    </div>
                ))}
            </dl>
            <button type="button" class="button" onClick={close}>
                Close
            </button>
        </dialog>
    );
}

/* A menu that closes when it loses the focus, on a click elsewhere, and on Escape. */
function useMenu() {
    const menu = useRef<HTMLDetailsElement>(null);
    useEffect(() => {
        const elsewhere = (event: Event) => {
            if (!menu.current?.contains(event.target as Node)) menu.current?.removeAttribute('open');
        };
        const escape = (event: KeyboardEvent) => {
            if (event.key !== 'Escape' || !menu.current?.open) return;
            menu.current.open = false;
            menu.current.querySelector('summary')?.focus();
        };
        document.addEventListener('click', elsewhere);
        document.addEventListener('focusin', elsewhere);
        document.addEventListener('keydown', escape);
        return () => {
            document.removeEventListener('click', elsewhere);
            document.removeEventListener('focusin', elsewhere);
            document.removeEventListener('keydown', escape);
        };
    }, []);
    return menu;
}

export function Shell(props: { session: Session; signOut: () => void; children: ComponentChildren }) {
    const { district, user } = props.session;
    const toPlace = useOpenReviews(user.role === 'district');
    const menu = useMenu();
    const role = user.role === 'district' ? 'district' : user.schools?.length === 1 ? 'one school' : 'schools';
    return (
        <>
            <a class="skip" href="#main">
                Skip to the page
            </a>
            <header class="head">
                <a class="head-name" href="/">
                    {district.name}
                </a>
                <Links label="Pages" where="head-links" toPlace={toPlace} />
                <div class="head-who">
                    <LiveSign />
                    <details class="who" ref={menu}>
                        <summary>
                            <span class="who-name">
                                {user.name} <span class="quiet">· {role}</span>
                            </span>
                            <span class="who-short">Menu</span>
                        </summary>
                        <div class="who-menu">
                            <p>
                                Signed in as <b>{user.name}</b> ({user.login}), {role}
                            </p>
                            <p>
                                <a href={`/public/${district.slug}`}>The public page</a>
                            </p>
                            <button type="button" class="button" onClick={props.signOut}>
                                Sign out
                            </button>
                        </div>
                    </details>
                </div>
                <Printed />
            </header>
            <Stale />
            <main id="main" tabIndex={-1}>
                {props.children}
            </main>
            <Links label="Pages, at the thumb" where="thumb-links" toPlace={toPlace} />
        </>
    );
}
