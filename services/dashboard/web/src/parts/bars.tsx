// Charts: tables whose rows have a bar, and columns of months, one chart for each year.
import { scaleBand, scaleLinear } from 'd3-scale';
import { type ComponentChildren, Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { monthName } from '../lib/clock';
import { go } from '../lib/router';
import { figure } from '../lib/say';

export interface BarRow {
    key: string;
    name: ComponentChildren;
    value: number;
    href?: string; // none: the number is no link
    title?: string; // the label of the link, for screen readers
    below?: ComponentChildren;
}

/* A table as a chart: name, bar, number. With href, the number is a link to the calls that it counts. */
export function Rows(props: { head: [string, string]; rows: BarRow[]; first?: number }) {
    const [all, setAll] = useState(false);
    const most = Math.max(1, ...props.rows.map((r) => r.value));
    const first = props.first ?? props.rows.length;
    const shown = all ? props.rows : props.rows.slice(0, first);
    return (
        <>
            <table class="bars">
                <thead>
                    <tr>
                        <th scope="col">{props.head[0]}</th>
                        <td />
                        <th scope="col" class="number">
                            {props.head[1]}
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {shown.map((row) => (
                        <Fragment key={row.key}>
                            <tr class={row.below ? 'bars-over' : undefined}>
                                <th scope="row">{row.name}</th>
                                <td class="bars-bar">
                                    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                                        <rect width={(100 * row.value) / most} height="10" class="bar" />
                                    </svg>
                                </td>
                                <td class="number">
                                    {row.href ? (
                                        <a href={row.href} aria-label={row.title} data-number={row.value}>
                                            {figure(row.value)}
                                        </a>
                                    ) : (
                                        figure(row.value)
                                    )}
                                </td>
                            </tr>
                            {row.below && (
                                <tr>
                                    <td colSpan={3} class="bars-below">
                                        {row.below}
                                    </td>
                                </tr>
                            )}
                        </Fragment>
                    ))}
                </tbody>
            </table>
            {shown.length < props.rows.length && (
                <p class="on-paper quiet">
                    The first {first} of {figure(props.rows.length)}.
                </p>
            )}
            {props.rows.length > first && (
                <button type="button" class="button" onClick={() => setAll(!all)} aria-expanded={all}>
                    {all ? `Only the first ${first}` : `Show all ${figure(props.rows.length)}`}
                </button>
            )}
        </>
    );
}

export interface MonthBar {
    month: string; // 2015-09
    value: number;
    href: string;
}

const WIDTH = 360;

/* The twelve months of one school year. All years have the same scale. */
export function Months(props: { title: string; months: string[]; bars: MonthBar[]; most: number; small?: boolean }) {
    const height = props.small ? 96 : 150;
    const x = scaleBand(props.months, [0, WIDTH]).paddingInner(0.22);
    const y = scaleLinear([0, props.most || 1], [height - 20, 18]);
    const known = new Map(props.bars.map((b) => [b.month, b]));
    const peak = props.bars.reduce((a, b) => (b.value > a ? b.value : a), 0);
    return (
        <figure class="months">
            <figcaption>{props.title}</figcaption>
            <svg viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
                <line x1="0" x2={WIDTH} y1={height - 20} y2={height - 20} class="axis" />
                {props.months.map((month) => {
                    const bar = known.get(month);
                    const left = x(month) ?? 0;
                    return (
                        <g key={month}>
                            {bar && (
                                <>
                                    <rect
                                        x={left}
                                        y={y(bar.value)}
                                        width={x.bandwidth()}
                                        height={height - 20 - y(bar.value)}
                                        class={bar.value === peak ? 'bar bar-peak' : 'bar'}
                                        onClick={() => go(bar.href)}
                                    />
                                    {(!props.small || bar.value === peak) && (
                                        <text x={left + x.bandwidth() / 2} y={y(bar.value) - 5} class="bar-value">
                                            {figure(bar.value)}
                                        </text>
                                    )}
                                </>
                            )}
                            <text x={left + x.bandwidth() / 2} y={height - 5} class="bar-name">
                                {monthName(month, 'short').slice(0, props.small ? 1 : 3)}
                            </text>
                        </g>
                    );
                })}
            </svg>
        </figure>
    );
}

/* The same figures as a table, with links. */
export function MonthTable({ name, bars }: { name: string; bars: MonthBar[] }) {
    return (
        <details class="as-table">
            <summary>{name}</summary>
            <table class="figures-table">
                <thead>
                    <tr>
                        <th scope="col">Month</th>
                        <th scope="col" class="number">
                            Calls
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {bars.map((b) => (
                        <tr key={b.month}>
                            <th scope="row">{monthName(b.month)}</th>
                            <td class="number">
                                <a href={b.href} data-number={b.value}>
                                    {figure(b.value)}
                                </a>
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </details>
    );
}
