// The page Calls: the calls of any time span. The address has all filters.
import { useEffect, useState } from 'preact/hooks';
import { api, Refusal } from '../lib/api';
import { today } from '../lib/clock';
import { csv, save } from '../lib/file';
import { callsUrl, changed, type Filters, isFiltered, parse, query } from '../lib/filters';
import { onForget } from '../lib/forget';
import { useMoved } from '../lib/live';
import { isGone, useLoad } from '../lib/load';
import { go, usePlace } from '../lib/router';
import type { Call, CallPage, Session } from '../lib/types';
import { count, figure, say } from '../lib/say';
import { callKey, callUrl, className, hold, place, primaryOutcome, useLists, what } from '../lib/words';
import { Tags } from '../parts/row';
import { Asking, inWords, Search, Sentence } from '../parts/sentence';
import { Failure, Mark, Skeleton, When } from '../parts/small';

const PAGE = 50;
const FILE_MOST = 20_000;

const COLUMNS: { sort?: string; title: string }[] = [
    { sort: 'opened_at', title: 'When' },
    { sort: 'type', title: 'What' },
    { sort: 'school', title: 'School' },
    { title: 'Place' },
    { sort: 'disposition', title: 'Outcome' },
    { sort: 'status', title: 'State' },
];

/* The loaded list is kept for a return from a call. */
let held: { key: string; page: CallPage } | null = null;
onForget(() => {
    held = null;
});

function page(filters: Filters, cursor?: string | null): string {
    const out = new URLSearchParams(query(filters));
    out.set('limit', String(PAGE));
    if (cursor) out.set('cursor', cursor);
    return `?${out.toString()}`;
}

function Sorting({ filters, column }: { filters: Filters; column: (typeof COLUMNS)[number] }) {
    const sort = filters.sort ?? 'opened_at';
    const dir = filters.dir ?? 'desc';
    if (!column.sort) return <th scope="col">{column.title}</th>;
    const on = sort === column.sort;
    const next = on ? (dir === 'desc' ? 'asc' : 'desc') : column.sort === 'opened_at' ? 'desc' : 'asc';
    const plain = column.sort === 'opened_at' && next === 'desc';
    const to = changed(filters, { sort: plain ? undefined : column.sort, dir: plain ? undefined : next });
    return (
        <th scope="col" aria-sort={on ? (dir === 'asc' ? 'ascending' : 'descending') : undefined}>
            <a href={callsUrl(to)} class="sort">
                {column.title}
                <span aria-hidden="true" class="sort-mark">
                    {on ? (dir === 'asc' ? '↑' : '↓') : ''}
                </span>
            </a>
        </th>
    );
}

function Row({ call }: { call: Call }) {
    const state = hold(call);
    const first = call.schools[0];
    return (
        <tr data-row data-call={callKey(call)}>
            <td class="cell-when">
                <When at={call.opened_at} short />
            </td>
            <td class="cell-what">
                <a href={callUrl(call)}>{what(call)}</a> <Tags call={call} />
                <span class="quiet">{call.type.name ? className(call.class) : call.type.own}</span>
            </td>
            <td data-label="School" class="cell-school">
                {first?.name ?? 'None any more'}
                {call.schools.length > 1 && <span class="quiet"> and {call.schools.length - 1} more</span>}
            </td>
            <td data-label="Place" class="cell-place">
                {place(call) ?? 'not given'}
            </td>
            <td data-label="Outcome">{primaryOutcome(call)}</td>
            <td data-label="State" class={`cell-state cell-state-${call.status}`}>
                <span>
                    <Mark hold={state} />
                    {say(`status.${state === 'some' ? 'somebody' : state === 'nobody' || state === 'somebody' ? state : call.status}`)}
                </span>
            </td>
        </tr>
    );
}

async function makeFile(filters: Filters, name: string): Promise<void> {
    const rows: (string | number | null)[][] = [
        ['agency', 'incident', 'opened_at', 'closed_at', 'status', 'class', 'type', 'type_of_agency', 'school',
         'relation', 'confidence', 'address', 'place_name', 'outcome', 'outcome_of_agency'],
    ];
    let cursor: string | null = null;
    do {
        const query = page(filters, cursor).replace(`limit=${PAGE}`, 'limit=200');
        const part: CallPage = await api.calls(query);
        for (const c of part.items) {
            const s = c.schools[0];
            const d = c.dispositions.find((x) => x.primary) ?? c.dispositions[0];
            rows.push([c.agency, c.incident, c.opened_at, c.closed_at, c.status, className(c.class), c.type.name,
                       c.type.own, s?.name ?? null, s?.relation ?? null, s?.confidence ?? null, c.address,
                       c.place_name, d?.name ?? null, d?.own ?? null]);
        }
        cursor = part.next;
    } while (cursor && rows.length < FILE_MOST);
    save(name, csv(rows));
}

function Export({ filters, total, session }: { filters: Filters; total: number; session: Session }) {
    const [state, setState] = useState<'ready' | 'busy' | 'failed'>('ready');
    if (total === 0) return null;
    const most = total > FILE_MOST ? ` (the first ${figure(FILE_MOST)})` : '';
    return (
        <button
            type="button"
            class="plain"
            disabled={state === 'busy'}
            onClick={() => {
                setState('busy');
                makeFile(filters, `${session.district.slug}-calls-${today()}.csv`).then(
                    () => setState('ready'),
                    () => setState('failed'),
                );
            }}
        >
            {state === 'busy' ? 'Making the file …' : state === 'failed' ? 'That failed. Try again' : `Download just these${most}`}
        </button>
    );
}

function Table({ filters, calls }: { filters: Filters; calls: Call[] }) {
    return (
        <table class="calls-table">
            <caption class="hidden">Calls. The column headings sort.</caption>
            <thead>
                <tr>
                    {COLUMNS.map((c) => (
                        <Sorting key={c.title} filters={filters} column={c} />
                    ))}
                </tr>
            </thead>
            <tbody>
                {calls.map((c) => (
                    <Row key={callKey(c)} call={c} />
                ))}
            </tbody>
        </table>
    );
}

function None({ filters }: { filters: Filters }) {
    return (
        <section class="empty">
            <h2>No such call</h2>
            <p>
                {isFiltered(filters) ? (
                    <>
                        No call fits.{' '}
                        {filters.q?.includes(' ') &&
                            'Every word must stand in its number, address, place, type or school: leave one out. '}
                        Make the question wider, or look at <a href="/calls">all calls</a>.
                    </>
                ) : (
                    'No agency has sent a call at one of your schools yet. The first will show here by itself.'
                )}
            </p>
        </section>
    );
}

export function CallsPage({ session }: { session: Session }) {
    const address = usePlace();
    const lists = useLists();
    const filters = parse(address.query);
    const key = query(filters);
    const read = useLoad(`calls${key}`, (signal) => api.calls(page(filters), signal), held?.key === key ? held.page : null);
    const [more, setMore] = useState<'ready' | 'busy' | Refusal>('ready');
    const [moved, setMoved] = useState(false);
    const [asking, setAsking] = useState(false);
    if (read.error && isGone(read.error)) held = null;
    const data = read.data ?? (held?.key === key ? held.page : null);
    if (data) held = { key, page: data };

    useMoved((all) => {
        if (all.some((m) => m?.gone)) read.reload();
        if (all.some((m) => m !== null && !m.gone)) setMoved(true);
    });
    useEffect(() => {
        setMoved(false);
        document.title = `Calls · ${session.district.name}`;
    }, [key]);

    const change = (next: Filters) => go(callsUrl(next));
    const fetchMore = async () => {
        if (!data?.next) return;
        setMore('busy');
        try {
            const next = await api.calls(page(filters, data.next));
            read.replace({ ...next, items: [...data.items, ...next.items] });
            setMore('ready');
        } catch (e) {
            setMore(e instanceof Refusal ? e : new Refusal(0, 'internal', null, 'That did not work.'));
        }
    };
    const agency = data?.items.find((c) => c.agency === filters.agency)?.agency_name;
    const words = inWords(filters, session.district, lists, agency);
    return (
        <div class="calls">
            <div class="opening">
                <h1 class="sentence">
                    {data ? (
                        <span data-total={data.total}>{data.total ? count('call', data.total) : 'No call'}</span>
                    ) : (
                        'Calls'
                    )}{' '}
                    {words}
                </h1>
            </div>
            <div class={asking ? 'question question-open' : 'question'}>
                <Sentence begin="Calls" filters={filters} district={session.district} lists={lists} agency={agency} change={change} />
                <Search filters={filters} change={change} />
            </div>
            {filters.counted && (
                <p class="counted">
                    Only what figures count: replayed calls are left out.{' '}
                    <a href={callsUrl(changed(filters, { counted: undefined }))}>Show them too</a>
                </p>
            )}
            {read.error && !(read.error.status === 400 && data) && (
                <Failure error={read.error} again={read.reload} busy={read.busy} />
            )}
            {!data && !read.error && <Skeleton label="Reading the calls" lines={[100, 100, 100, 100, 100, 100]} />}
            {data && (
                <>
                    <div class="above-table">
                        <Export filters={filters} total={data.total} session={session} />
                        {moved && (
                            <button
                                type="button"
                                class="plain"
                                onClick={() => {
                                    setMoved(false);
                                    read.reload();
                                }}
                            >
                                Something changed since. Read again
                            </button>
                        )}
                    </div>
                    {data.items.length ? <Table filters={filters} calls={data.items} /> : <None filters={filters} />}
                    {data.next && (
                        <p class="more">
                            <button type="button" class="button" disabled={more === 'busy'} onClick={() => void fetchMore()}>
                                {more === 'busy' ? 'Reading …' : `Show ${PAGE} more`}
                            </button>
                            <span class="quiet">
                                {figure(data.items.length)} of {figure(data.total)} shown
                            </span>
                            {more instanceof Refusal && <span role="alert">{more.message}</span>}
                        </p>
                    )}
                </>
            )}
            <Asking asking={asking} set={setAsking} shown={data ? `Show ${count('call', data.total)}` : 'Show the calls'}>
                Search, or change which calls
            </Asking>
        </div>
    );
}
