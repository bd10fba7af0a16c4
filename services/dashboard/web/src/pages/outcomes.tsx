// The page Outcomes: trends, places and outcomes. Findings come first; each number is a link to its calls.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../lib/api';
import { dayOf, monthName, monthsName, useTick } from '../lib/clock';
import { changed, figureUrl, type Filters, type Key, parse, query, schoolYear } from '../lib/filters';
import { useMoved } from '../lib/live';
import { useLoad } from '../lib/load';
import { go, usePlace } from '../lib/router';
import type { Outcomes, Session, Tally } from '../lib/types';
import { count, figure } from '../lib/say';
import { outcomeName, percent, typeName, useLists } from '../lib/words';
import { type MonthBar, Months, MonthTable, Rows } from '../parts/bars';
import { Asking, inWords, Sentence } from '../parts/sentence';
import { Failure, Skeleton } from '../parts/small';

const FIRST_ROWS = 12;
const CLASS_CHARTS = 6;
const YEARS = 4;

type Link = (change: Partial<Record<Key, string>>) => string;

function N({ n, to, children }: { n: number; to: string; children?: ComponentChildren }) {
    return (
        <a href={to} data-number={n}>
            {figure(n)}
            {children}
        </a>
    );
}

/* The smallest number of schools that have at least half of the calls, and how many these are. */
function half(data: Outcomes): { schools: number; sum: number } {
    let sum = 0;
    let schools = 0;
    for (const row of data.by_school) {
        sum += row.total;
        schools += 1;
        if (2 * sum >= data.total) break;
    }
    return { schools, sum };
}

function Findings({ data, link }: { data: Outcomes; link: Link }) {
    const found: ComponentChildren[] = [];
    const [school] = data.by_school;
    const [first, second] = data.by_class;
    const busiest = [...data.by_month].sort((a, b) => b.total - a.total)[0];
    const none = data.total - data.complete;
    const [outcome] = data.outcomes.filter((o) => o.code !== 'none');
    if (school && data.by_school.length > 1) {
        const { schools: few, sum } = half(data);
        found.push(
            <>
                <a href="#by-school">
                    {few === 1 ? 'One school' : `${figure(few)} of ${figure(data.by_school.length)} schools`}
                </a>{' '}
                {few === 1 ? 'has' : 'have'} {percent(sum, data.total)} of the calls. Most are at {school.school.name}, <N n={school.total} to={link({ school: String(school.school.id) })} />.
            </>,
        );
    }
    if (first) {
        found.push(
            <>
                {first.name} comes first with <N n={first.total} to={link({ class: first.class })} />,{' '}
                {percent(first.total, data.total)} of all
                {second && (
                    <>
                        ; then {second.name} with <N n={second.total} to={link({ class: second.class })} />
                    </>
                )}
                .
            </>,
        );
    }
    if (busiest && data.by_month.length > 2) {
        const mean = data.total / data.by_month.length;
        found.push(
            <>
                {monthName(busiest.month)} was the busiest month: <N n={busiest.total} to={link({ month: busiest.month })} />,
                where a month has {figure(Math.round(mean))} on average.
            </>,
        );
    }
    if (outcome) {
        found.push(
            <>
                Most often it ended as “{outcomeName(outcome)}”, <N n={outcome.total} to={link({ disposition: outcome.code })} />{' '}
                times.
            </>,
        );
    }
    found.push(
        none ? (
            <>
                For <N n={none} to={link({ disposition: 'none' })} /> nothing is recorded: the report is{' '}
                {percent(data.complete, data.total)} complete.
            </>
        ) : (
            <>Every call says what came of it.</>
        ),
    );
    return (
        <ul class="findings">
            {found.map((f, i) => (
                <li key={i}>{f}</li>
            ))}
        </ul>
    );
}

function monthsOf(from: string): string[] {
    const year = Number(from.slice(0, 4));
    const start = Number(from.slice(5, 7)) - 1;
    return Array.from({ length: 12 }, (_, i) => {
        const m = start + i;
        return `${year + Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, '0')}`;
    });
}

/* The latest school years that have calls, oldest first. */
function years(data: Outcomes, startMonth: number): { name: string; months: string[] }[] {
    const found = new Map<string, { name: string; months: string[] }>();
    for (const row of data.by_month) {
        const year = schoolYear(`${row.month}-01`, startMonth);
        if (!found.has(year.from)) found.set(year.from, { name: year.name, months: monthsOf(year.from) });
    }
    return [...found.values()].slice(-YEARS);
}

const sorted = (numbers: number[]) => Math.max(0, ...numbers);

function ByMonth({ data, link, startMonth }: { data: Outcomes; link: Link; startMonth: number }) {
    const bars: MonthBar[] = data.by_month.map((m) => ({
        month: m.month,
        value: m.total,
        href: link({ month: m.month }),
    }));
    const most = sorted(bars.map((b) => b.value));
    return (
        <section>
            <h2>By month</h2>
            <div class="multiples">
                {years(data, startMonth).map((year) => (
                    <Months
                        key={year.name}
                        title={`School year ${year.name}`}
                        months={year.months}
                        bars={bars.filter((b) => year.months.includes(b.month))}
                        most={most}
                    />
                ))}
            </div>
            <MonthTable name="By month, as a table" bars={bars} />
        </section>
    );
}

function ByClassMonth({ data, link, startMonth }: { data: Outcomes; link: Link; startMonth: number }) {
    const calls = (months: string[]) => data.by_month.reduce((sum, m) => sum + (months.includes(m.month) ? m.total : 0), 0);
    // The school year with the most calls; of equal ones, the latest.
    const [year] = years(data, startMonth).reverse().sort((a, b) => calls(b.months) - calls(a.months));
    if (!year || data.by_class.length < 2) return null;
    const { name, months } = year;
    const charts = data.by_class.slice(0, CLASS_CHARTS).map((c) => ({
        ...c,
        bars: data.by_class_month
            .filter((m) => m.class === c.class && months.includes(m.month))
            .map((m) => ({ month: m.month, value: m.total, href: link({ class: c.class, month: m.month }) })),
    }));
    const most = sorted(charts.flatMap((c) => c.bars.map((b) => b.value)));
    return (
        <section>
            <h2>
                The commonest classes, school year {name}
            </h2>
            <p class="quiet one-scale">All on one scale; the fullest month of each is marked.</p>
            <div class="multiples multiples-small">
                {charts.map((c) => (
                    <div key={c.class}>
                        <Months title={c.name} months={months} bars={c.bars} most={most} small />
                        <MonthTable name={`${c.name}, as a table`} bars={c.bars} />
                    </div>
                ))}
            </div>
        </section>
    );
}

const ENDED_FIRST = 6;

function Ended({ tally, names, link, change }: {
    tally: Tally;
    names: Map<string, string>;
    link: Link;
    change: Partial<Record<Key, string>>;
}) {
    const [all, setAll] = useState(false);
    const parts = Object.entries(tally).sort((a, b) => b[1] - a[1]);
    return (
        <>
            {parts.slice(0, all ? parts.length : ENDED_FIRST).map(([code, n], i) => (
                <span key={code}>
                    {i > 0 && ' · '}
                    {names.get(code) ?? code}&nbsp;
                    <N n={n} to={link({ ...change, disposition: code })} />
                </span>
            ))}
            {parts.length > ENDED_FIRST && (
                <button type="button" class="plain" onClick={() => setAll(!all)} aria-expanded={all}>
                    {all ? 'fewer' : 'and others'}
                </button>
            )}
        </>
    );
}

function Tables({ data, link }: { data: Outcomes; link: Link }) {
    const names = new Map(data.outcomes.map((o) => [o.code, outcomeName(o)]));
    return (
        <div class="tables">
            <section id="by-school" tabIndex={-1}>
                <h2>By school</h2>
                <Rows
                    head={['School', 'Calls']}
                    first={FIRST_ROWS}
                    rows={data.by_school.map((r) => ({
                        key: String(r.school.id),
                        name: r.school.name,
                        value: r.total,
                        href: link({ school: String(r.school.id) }),
                        title: `${count('call', r.total)} at ${r.school.name}`,
                    }))}
                />
            </section>
            <section>
                <h2>What came of them</h2>
                <Rows
                    head={['Outcome', 'Calls']}
                    first={FIRST_ROWS}
                    rows={data.outcomes.map((o) => ({
                        key: o.code,
                        name: outcomeName(o),
                        value: o.total,
                        href: link({ disposition: o.code }),
                        title: `${count('call', o.total)}: ${outcomeName(o)}`,
                    }))}
                />
            </section>
            <section>
                <h2>By class, and what came of each</h2>
                <Rows
                    head={['Class', 'Calls']}
                    rows={data.by_class.map((c) => ({
                        key: c.class,
                        name: c.name,
                        value: c.total,
                        href: link({ class: c.class }),
                        title: `${count('call', c.total)} of class ${c.name}`,
                        below: <Ended tally={c.outcomes} names={names} link={link} change={{ class: c.class }} />,
                    }))}
                />
            </section>
            <section>
                <h2>By type</h2>
                <Rows
                    head={['Type', 'Calls']}
                    first={FIRST_ROWS}
                    rows={data.by_type.map((t) => ({
                        key: `${t.class}/${t.type}`,
                        name: typeName(t),
                        value: t.total,
                        href: link({ class: t.class, type: t.type }),
                        title: `${count('call', t.total)} of type ${typeName(t)}`,
                    }))}
                />
            </section>
        </div>
    );
}

function headline(data: Outcomes, words: string, filters: Filters): ComponentChildren {
    const span =
        !filters.from && !filters.to && !filters.month && data.first_at && data.last_at
            ? `, ${monthsName(dayOf(data.first_at).slice(0, 7), dayOf(data.last_at).slice(0, 7))}`
            : '';
    return (
        <>
            <N n={data.total} to={figureUrl(filters)}>
                {data.total === 1 ? ' call' : ' calls'}
            </N>{' '}
            {[words, filters.school ? '' : `at ${count('school', data.by_school.length)}`].filter(Boolean).join(', ')}
            {span}; {percent(data.complete, data.total)} say what came of them.
        </>
    );
}

export function OutcomesPage({ session }: { session: Session }) {
    useTick();
    const [asking, setAsking] = useState(false);
    const place = usePlace();
    const lists = useLists();
    const { sort: _sort, dir: _dir, ...filters } = parse(place.query);
    const key = query(filters);
    const read = useLoad(`outcomes${key}`, (signal) => api.outcomes(key, signal));
    useMoved(read.reload, 5_000);
    useEffect(() => {
        document.title = `Outcomes · ${session.district.name}`;
    }, []);
    const data = read.data;
    const link: Link = (change) => figureUrl(changed(filters, change));
    const words = inWords(filters, session.district, lists);
    const startMonth = session.district.year_start_month;
    return (
        <div class="outcomes">
            <div class="opening">
                <h1 class="sentence">
                    {!data && 'Outcomes'}
                    {data && data.total === 0 && `No call ${words}`}
                    {data && data.total > 0 && headline(data, words, filters)}
                </h1>
                {data && data.total > 0 && <Findings data={data} link={link} />}
            </div>
            <div class={asking ? 'question question-open' : 'question'}>
                <Sentence
                    begin="Counting calls"
                    filters={filters}
                    district={session.district}
                    lists={lists}
                    change={(next) => go(`/outcomes${query(next)}`)}
                />
            </div>
            {read.error && <Failure error={read.error} again={read.reload} busy={read.busy} />}
            {!data && !read.error && <Skeleton label="Counting" lines={[100, 80, 90, 0, 100, 100, 60]} />}
            {data && data.total === 0 && (
                <section class="empty">
                    <h2>Nothing to count</h2>
                    <p>
                        No call fits. Make the question wider, or count <a href="/outcomes">all calls</a>.
                    </p>
                </section>
            )}
            {data && data.total > 0 && (
                <>
                    <ByMonth data={data} link={link} startMonth={startMonth} />
                    <ByClassMonth data={data} link={link} startMonth={startMonth} />
                    <Tables data={data} link={link} />
                    <p class="quiet counting">
                        A call counts once: at the school where it was placed first, with its primary outcome. Calls
                        entered in error, merged into another or moved away from every school are left out.
                    </p>
                </>
            )}
            <Asking asking={asking} set={setAsking} shown="Show the figures">
                Change what is counted
            </Asking>
        </div>
    );
}
