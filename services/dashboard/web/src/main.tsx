import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, Refusal, whenSignedOut } from './lib/api';
import { setClock } from './lib/clock';
import { startKeys } from './lib/keys';
import { forget } from './lib/forget';
import { startLive, stopLive, whenStreamLost } from './lib/live';
import { go, startRouter, usePlace } from './lib/router';
import { startLooking } from './lib/seen';
import type { Session } from './lib/types';
import { AckPage } from './pages/ack';
import { CallsPage } from './pages/calls';
import { ConfirmPage } from './pages/confirm';
import { IncidentPage } from './pages/incident';
import { NowPage } from './pages/now';
import { OutcomesPage } from './pages/outcomes';
import { ReviewPage } from './pages/review';
import { PublicPage } from './pages/public';
import { SignInPage } from './pages/signin';
import { Failure, Skeleton } from './parts/small';
import { KeysDialog, Shell } from './parts/shell';
import './style/base.css';
import './style/frame.css';
import './style/log.css';
import './style/charts.css';
import './style/pages.css';
import './style/calls.css';
import './style/incident.css';
import './style/review.css';
import './style/outside.css';
import './style/said.css';

type Who = Session | 'asking' | 'nobody' | 'ended' | Refusal;

/* The page to open after sign-in. Only an address of this site counts. */
function next(query: string): string {
    const to = new URLSearchParams(query).get('next') ?? '/';
    return to.startsWith('/') && !to.startsWith('//') && !to.startsWith('/\\') ? to : '/';
}

function NoSuchPage() {
    useEffect(() => {
        document.title = 'No such page · Liaison';
    }, []);
    return (
        <section class="empty">
            <h1>There is no such page</h1>
            <p>
                <a href="/">What is happening now</a>
            </p>
        </section>
    );
}

/* Whether both are the same person with the same rights. The CSRF token may differ. */
const sameRights = (a: Session, b: Session) =>
    JSON.stringify([a.user, a.district]) === JSON.stringify([b.user, b.district]);

/* Messages from one tab to the others. */
const tabs = new BroadcastChannel('liaison.session');

/* The first part of each path that needs a sign-in. */
const SIGNED_IN = ['', 'now', 'calls', 'outcomes', 'review', 'sign-in'];

function Page({ session }: { session: Session }) {
    const { path } = usePlace();
    const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
    if (parts.length === 0 || path === '/now') return <NowPage session={session} />;
    if (parts[0] === 'calls' && parts.length === 1) return <CallsPage session={session} />;
    if (parts[0] === 'calls' && parts.length === 3) {
        return <IncidentPage key={path} session={session} agency={parts[1] ?? ''} incident={parts[2] ?? ''} />;
    }
    if (path === '/review') return <ReviewPage session={session} />;
    if (parts[0] === 'outcomes' && parts.length === 1) return <OutcomesPage session={session} />;
    return <NoSuchPage />;
}

function SignedIn() {
    const place = usePlace();
    const [who, setWho] = useState<Who>('asking');
    const [help, setHelp] = useState(false);
    const entered = useRef<Session | null>(null);
    const looking = useRef(false);

    const enter = (session: Session) => {
        setClock(session.district);
        entered.current = session;
        startLive();
        setWho(session);
        if (location.pathname === '/sign-in') go(next(location.search), 'replace');
    };
    const leave = (how: 'nobody' | 'ended') => {
        stopLive();
        forget();
        if (entered.current) tabs.postMessage('left');
        entered.current = null;
        setWho(how);
        if (location.pathname !== '/sign-in') {
            go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, 'replace');
        }
    };
    const ask = () => {
        setWho('asking');
        api.session().then(enter, (e: unknown) => {
            if (e instanceof Refusal && e.status === 401) leave('nobody');
            else setWho(e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.'));
        });
    };
    /* Asks who is signed in. Nobody: whenSignedOut() is called. Another person: the page starts again. */
    const look = () => {
        if (!entered.current || looking.current) return;
        looking.current = true;
        api.session()
            .then(
                (session) => {
                    if (!entered.current || sameRights(session, entered.current)) return;
                    forget();
                    location.reload();
                },
                () => {}, // the server cannot be reached; the frame shows that
            )
            .finally(() => (looking.current = false));
    };
    useEffect(() => {
        if (location.pathname === '/sign-in') setWho('nobody');
        else ask();
        whenSignedOut(() => {
            if (entered.current) leave('ended');
        });
        whenStreamLost(look);
        tabs.onmessage = look;
        startKeys(
            () => setHelp((h) => !h),
            () => document.querySelector('.head-links') !== null,
        );
    }, []);

    if (who instanceof Refusal) {
        return (
            <main id="main">
                <h1 class="hidden">Liaison</h1>
                <Failure error={who} again={ask} busy={false} />
            </main>
        );
    }
    if (who === 'asking') {
        return (
            <main id="main">
                <h1 class="hidden">Liaison</h1>
                <Skeleton label="One moment" lines={[90, 60, 0, 100, 100, 70]} />
            </main>
        );
    }
    if (who === 'nobody' || who === 'ended' || place.path === '/sign-in') {
        return <SignInPage entered={enter} ended={who === 'ended'} />;
    }
    const signOut = () => {
        api.signOut().then(
            () => {
                go('/sign-in', 'replace');
                leave('nobody');
            },
            () => location.reload(),
        );
    };
    return (
        <Shell session={who} signOut={signOut}>
            <Page session={who} />
            <KeysDialog open={help} close={() => setHelp(false)} />
        </Shell>
    );
}

function App() {
    const { path } = usePlace();
    const [, kind, rest] = path.split('/');
    if (kind === 'public' && rest) return <PublicPage district={decodeURIComponent(rest)} />;
    if (kind === 'a' && rest) return <AckPage token={decodeURIComponent(rest)} />;
    if (kind === 'c' && rest) return <ConfirmPage token={decodeURIComponent(rest)} />;
    if (SIGNED_IN.includes(kind ?? '')) return <SignedIn />;
    return (
        <main id="main">
            <NoSuchPage />
        </main>
    );
}

startRouter();
startLooking();
const root = document.getElementById('page');
if (root) render(<App />, root);
