// The filters stand in the page's address alone. The same text is sent to the server.
import { addDays, dayName, monthName, today } from './clock';
import { written } from './text';
import type { District } from './types';

export const FILTER_KEYS = [
    'class', 'type', 'school', 'hours', 'from', 'to', 'month', 'disposition', 'status', 'agency', 'q',
] as const;
const ORDER_KEYS = ['counted', 'sort', 'dir'] as const;

export type FilterKey = (typeof FILTER_KEYS)[number];
export type Key = FilterKey | (typeof ORDER_KEYS)[number];
export type Filters = Partial<Record<Key, string>>;

export function parse(query: string): Filters {
    const given = new URLSearchParams(query);
    const filters: Filters = {};
    for (const key of [...FILTER_KEYS, ...ORDER_KEYS]) {
        const value = written(given.get(key) ?? '');
        if (value) filters[key] = value;
    }
    return filters;
}

/* The order is fixed, so that equal filters give equal addresses. */
export function query(filters: Filters): string {
    const out = new URLSearchParams();
    for (const key of [...FILTER_KEYS, ...ORDER_KEYS]) {
        const value = filters[key];
        if (value) out.set(key, value);
    }
    const text = out.toString();
    return text ? `?${text}` : '';
}

export const callsUrl = (filters: Filters) => `/calls${query(filters)}`;

/* The calls that a figure counts. Lists also show replayed calls. */
export const figureUrl = (filters: Filters) => callsUrl({ ...filters, counted: 'true' });

export function changed(filters: Filters, change: Partial<Record<Key, string | undefined>>): Filters {
    const next: Filters = { ...filters };
    for (const [key, value] of Object.entries(change) as [Key, string | undefined][]) {
        if (value) next[key] = value;
        else delete next[key];
    }
    return next;
}

export const isFiltered = (filters: Filters) => FILTER_KEYS.some((key) => filters[key]);

/* The school year of a day: its first day, last day and name. */
export function schoolYear(day: string, startMonth: number): { from: string; to: string; name: string } {
    const year = Number(day.slice(0, 4)) - (Number(day.slice(5, 7)) < startMonth ? 1 : 0);
    const first = (y: number) => `${y}-${String(startMonth).padStart(2, '0')}-01`;
    return {
        from: first(year),
        to: addDays(first(year + 1), -1),
        name: startMonth === 1 ? String(year) : `${year}–${String((year + 1) % 100).padStart(2, '0')}`,
    };
}

export interface Span {
    value: string;
    label: string;
    from?: string;
    to?: string;
    month?: string;
}

/* The time spans to choose from, and the span in the address if it is another one. */
export function spans(filters: Filters, district: District): Span[] {
    const day = today();
    const year = schoolYear(day, district.year_start_month);
    const last = schoolYear(addDays(year.from, -1), district.year_start_month);
    const offered: Span[] = [
        { value: 'any', label: 'at any time' },
        { value: 'today', label: 'today', from: day, to: day },
        { value: '7', label: 'in the last 7 days', from: addDays(day, -6), to: day },
        { value: '30', label: 'in the last 30 days', from: addDays(day, -29), to: day },
        { value: 'year', label: `in this school year, ${year.name}`, from: year.from, to: year.to },
        { value: 'last', label: `in the last school year, ${last.name}`, from: last.from, to: last.to },
    ];
    if (filters.month) {
        const label = `in ${monthName(filters.month)}${filters.from || filters.to ? `, ${between(filters)}` : ''}`;
        offered.push({ value: 'given', label, month: filters.month });
    } else if ((filters.from || filters.to) && !offered.some((s) => s.from === filters.from && s.to === filters.to)) {
        offered.push({ value: 'given', label: between(filters) });
    }
    offered.push({ value: 'pick', label: 'between two days …' });
    return offered;
}

function between({ from, to }: Filters): string {
    if (from && to && from === to) return `on ${dayName(from)}`;
    if (from && to) return `from ${dayName(from)} to ${dayName(to)}`;
    return from ? `since ${dayName(from)}` : `until ${dayName(to ?? today())}`;
}

export function spanOf(filters: Filters, offered: Span[]): string {
    if (offered.some((s) => s.value === 'given')) return 'given';
    if (!filters.from && !filters.to) return 'any';
    return offered.find((s) => s.from === filters.from && s.to === filters.to)?.value ?? 'any';
}
