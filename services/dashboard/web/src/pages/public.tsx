// The public page: totals of the last school year. It needs no sign-in.
import { useEffect } from 'preact/hooks';
import { api } from '../lib/api';
import { dayName } from '../lib/clock';
import { csv, save } from '../lib/file';
import { useLoad } from '../lib/load';
import type { PublicYear } from '../lib/types';
import { figure } from '../lib/say';
import { list, percent } from '../lib/words';
import { Rows } from '../parts/bars';
import { Failure, Skeleton } from '../parts/small';

type Published = PublicYear & { year: NonNullable<PublicYear['year']> };

function file(data: Published): void {
    const { year } = data;
    save(`${data.district.slug}-${year.from_day}-${year.to_day}.csv`,
        csv([
            ['district', 'school_year', 'from', 'to', 'class', 'calls', 'note'],
            ...data.published.map((p) => [data.district.name, year.school_year, year.from_day, year.to_day, p.name, p.calls, '']),
            ...data.withheld.map((w) => [data.district.name, year.school_year, year.from_day, year.to_day, w.name, null,
                                         `not shown: fewer than ${year.threshold}, or never published`]),
        ]));
}

function Year({ data }: { data: Published }) {
    const { year, published, withheld } = data;
    const total = published.reduce((sum, p) => sum + p.calls, 0);
    const [first, second] = published;
    return (
        <>
            <div class="opening">
                <h1 class="sentence">
                    In the school year {year.school_year.replace('–', '\u2060–\u2060')}, police, fire or security were called to schools of{' '}
                    {data.district.name}{' '}
                    {withheld.length > 0 && 'at least '}
                    {figure(total)} times.
                </h1>
                <p class="under">
                    {dayName(year.from_day)} to {dayName(year.to_day)}.
                    {first && (
                        <>
                            {' '}
                            Most often for <b>{first.name}</b>, {percent(first.calls, total)} of these calls
                            {second && (
                                <>
                                    , then <b>{second.name}</b>, {percent(second.calls, total)}
                                </>
                            )}
                            .
                        </>
                    )}
                </p>
            </div>
            <section>
                <h2>What the calls were about</h2>
                <Rows
                    head={['Kind of call', 'Calls']}
                    rows={published.map((p) => ({
                        key: p.class,
                        name: p.name,
                        value: p.calls,
                    }))}
                />
                <p>
                    See <a href="#counted">what is counted</a>.
                </p>
                <p>
                    <button type="button" class="button" onClick={() => file(data)}>
                        Download the table (CSV)
                    </button>
                </p>
            </section>
            <section>
                <h2>What is not shown, and why</h2>
                {withheld.length ? (
                    <p>
                        {list(withheld.map((w) => w.name))}: each had fewer than {year.threshold} calls, or none, or is
                        of a kind that is never published. So small a figure could point to one child. For the same
                        reason there are no figures by school. A published year is never changed later.
                    </p>
                ) : (
                    <p>
                        Every kind of call reached {year.threshold}, so all are shown. There are no figures by school: so
                        small a figure could point to one child. A published year is never changed later.
                    </p>
                )}
            </section>
        </>
    );
}

export function PublicPage({ district }: { district: string }) {
    const read = useLoad(`public/${district}`, () => api.public(district));
    const data = read.data;
    useEffect(() => {
        document.title = data ? `Calls at schools · ${data.district.name}` : 'Calls at schools';
    }, [data]);
    if (!data) {
        return (
            <main class="public" id="main">
                {read.error?.status === 404 && <h1 class="sentence">No district has this address.</h1>}
                {read.error?.status !== 404 && <h1 class="hidden">Calls at schools</h1>}
                {read.error && read.error.status !== 404 && (
                    <Failure error={read.error} again={read.reload} busy={read.busy} />
                )}
                {!read.error && <Skeleton label="Reading the figures" lines={[100, 80, 0, 100, 90, 70, 40]} />}
            </main>
        );
    }
    return (
        <>
            <header class="head head-public">
                <span class="head-name">{data.district.name}</span>
                <span class="quiet">Calls at schools</span>
            </header>
            <main class="public" id="main">
                {data.year ? (
                    <Year data={data as Published} />
                ) : (
                    <div class="opening">
                        <h1 class="sentence">No school year has been published yet.</h1>
                        <p class="under">The first figures appear here once a school year has ended.</p>
                    </div>
                )}
                <section id="counted" tabIndex={-1}>
                    <h2>What is counted</h2>
                    <p>{data.definition}</p>
                </section>
            </main>
        </>
    );
}
