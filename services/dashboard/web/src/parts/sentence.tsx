// The filters, as a sentence with a choice in each place: "Calls of any class, at any school, at any hour ..."
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { hourOf, today } from '../lib/clock';
import { changed, type Filters, isFiltered, type Key, spanOf, spans } from '../lib/filters';
import { written } from '../lib/text';
import type { District } from '../lib/types';
import { className, list, type Lists } from '../lib/words';
import { Choice } from './small';

type Change = Partial<Record<Key, string | undefined>>;
interface Props {
    filters: Filters;
    district: District;
    lists: Lists;
    change: (filters: Filters) => void;
    begin: string; // the first word of the sentence
    agency?: string | undefined; // the name of the agency in filters; else its code is shown
}

/* The value in the address is among the choices even if the lists do not have it. */
function withGiven(options: { value: string; label: string }[], given: string | undefined) {
    if (!given || options.some((o) => o.value === given)) return options;
    return [...options, { value: given, label: given }];
}

function Days({ filters, set }: { filters: Filters; set: (c: Change) => void }) {
    const day = today();
    return (
        <span class="days">
            <label>
                <span>from</span>
                <input
                    type="date"
                    value={filters.from ?? ''}
                    max={filters.to ?? day}
                    onChange={(e) => set({ from: e.currentTarget.value })}
                />
            </label>
            <label>
                <span>to</span>
                <input
                    type="date"
                    value={filters.to ?? ''}
                    min={filters.from ?? ''}
                    max={day}
                    onChange={(e) => set({ to: e.currentTarget.value })}
                />
            </label>
        </span>
    );
}

function When({ filters, district, set }: { filters: Filters; district: District; set: (c: Change) => void }) {
    const offered = spans(filters, district);
    const [picking, setPicking] = useState(false);
    return (
        <>
            <Choice
                label="When"
                value={picking ? 'pick' : spanOf(filters, offered)}
                options={offered}
                onChange={(value) => {
                    setPicking(value === 'pick');
                    const span = offered.find((s) => s.value === value);
                    if (!span || value === 'given') return;
                    if (value === 'pick') set({ month: undefined });
                    else set({ from: span.from, to: span.to, month: undefined });
                }}
            />
            {picking && <Days filters={filters} set={set} />}
        </>
    );
}

function Kinds({ filters, lists, set }: { filters: Filters; lists: Lists; set: (c: Change) => void }) {
    const classes = [...(lists.codes?.classes ?? [])].sort((a, b) => a.rank - b.rank);
    const types = (lists.codes?.types ?? []).filter((t) => !filters.class || t.class === filters.class);
    return (
        <>
            <Choice
                label="Class of call"
                value={filters.class ?? ''}
                options={withGiven(
                    [
                        { value: '', label: 'of any class' },
                        ...classes.map((c) => ({ value: c.class, label: `of class ${c.name}` })),
                    ],
                    filters.class,
                )}
                onChange={(value) => set({ class: value, type: undefined })}
            />
            {(filters.class || filters.type) && (
                <>
                    {' '}
                    <Choice
                        label="Type of call"
                        value={filters.type ?? ''}
                        options={withGiven(
                            [
                                { value: '', label: 'and any type' },
                                ...types.map((t) => ({ value: t.code, label: `and type ${t.name}` })),
                                { value: 'unmapped', label: 'and no common type' },
                            ],
                            filters.type,
                        )}
                        onChange={(value) => set({ type: value })}
                    />
                </>
            )}
        </>
    );
}

function Outcome({ filters, lists, set }: { filters: Filters; lists: Lists; set: (c: Change) => void }) {
    return (
        <Choice
            label="Outcome"
            value={filters.disposition ?? ''}
            options={withGiven(
                [
                    { value: '', label: 'whatever came of them' },
                    { value: 'none', label: 'with nothing recorded' },
                    { value: 'unmapped', label: 'with an outcome that has no common code' },
                    ...(lists.codes?.dispositions ?? []).map((d) => ({
                        value: d.code,
                        label: `that ended as “${d.name}”`,
                    })),
                ],
                filters.disposition,
            )}
            onChange={(value) => set({ disposition: value })}
        />
    );
}

export function Sentence({ filters, district, lists, agency, change, begin }: Props) {
    const set = (c: Change) => change(changed(filters, c));
    return (
        <div class="filters" role="search" aria-label="Which calls">
            <p class="filter-sentence">
                {begin} <Kinds filters={filters} lists={lists} set={set} />,{' '}
                <Choice
                    label="School"
                    value={filters.school ?? ''}
                    options={withGiven(
                        [
                            { value: '', label: 'at any school' },
                            ...(lists.schools ?? []).map((s) => ({ value: String(s.id), label: `at ${s.name}` })),
                        ],
                        filters.school,
                    )}
                    onChange={(value) => set({ school: value })}
                />
                ,{' '}
                <Choice
                    label="Hours"
                    value={filters.hours ?? ''}
                    options={[
                        { value: '', label: 'at any hour' },
                        {
                            value: 'school',
                            label: `in school hours (${hourOf(district.hours.start)} to ${hourOf(district.hours.end)})`,
                        },
                        { value: 'outside', label: 'outside school hours' },
                    ]}
                    onChange={(value) => set({ hours: value })}
                />
                , <When filters={filters} district={district} set={set} />,{' '}
                <Outcome filters={filters} lists={lists} set={set} />,{' '}
                <Choice
                    label="State"
                    value={filters.status ?? ''}
                    options={[
                        { value: '', label: 'open or closed' },
                        { value: 'open', label: 'still open' },
                        { value: 'closed', label: 'closed' },
                        { value: 'cancelled', label: 'entered in error' },
                    ]}
                    onChange={(value) => set({ status: value })}
                />
                {filters.agency && (
                    <>
                        ,{' '}
                        <Choice
                            label="Agency"
                            value={filters.agency}
                            options={[
                                { value: filters.agency, label: `from ${agency ?? filters.agency}` },
                                { value: '', label: 'from any agency' },
                            ]}
                            onChange={(value) => set({ agency: value })}
                        />
                    </>
                )}
                .{' '}
                {isFiltered(filters) && (
                    <button
                        type="button"
                        class="plain"
                        onClick={() =>
                            change({
                                ...(filters.sort ? { sort: filters.sort } : {}),
                                ...(filters.dir ? { dir: filters.dir } : {}),
                            })
                        }
                    >
                        Start over
                    </button>
                )}
            </p>
        </div>
    );
}

/* On a phone the filters are hidden. This button at the bottom opens them. */
export function Asking(props: {
    asking: boolean;
    set: (asking: boolean) => void;
    shown: string;
    children: ComponentChildren;
}) {
    return (
        <div class="thumb-act">
            <button
                type="button"
                class="button button-act"
                aria-expanded={props.asking}
                onClick={() => {
                    props.set(!props.asking);
                    scrollTo(0, 0);
                }}
            >
                {props.asking ? props.shown : props.children}
            </button>
        </div>
    );
}

/* The search box. The text becomes part of the address shortly after the last key. */
export function Search({ filters, change }: { filters: Filters; change: (filters: Filters) => void }) {
    const [text, setText] = useState(filters.q ?? '');
    useEffect(() => setText(filters.q ?? ''), [filters.q]);
    const commit = () => {
        const q = written(text);
        if (q !== (filters.q ?? '')) change(changed(filters, { q }));
    };
    useEffect(() => {
        const timer = setTimeout(commit, 450);
        return () => clearTimeout(timer);
    }, [text]);
    return (
        <form
            class="search"
            onSubmit={(e) => {
                e.preventDefault();
                commit();
            }}
        >
            <label for="search">
                Search <kbd aria-hidden="true">/</kbd>
            </label>
            <input
                id="search"
                type="search"
                maxLength={80}
                autocomplete="off"
                placeholder="Words: number, address, school, type"
                value={text}
                onInput={(e) => setText(e.currentTarget.value)}
            />
        </form>
    );
}

const STATES: Record<string, string> = { open: 'still open', closed: 'closed', cancelled: 'entered in error' };

function ended(code: string, lists: Lists): string {
    if (code === 'none') return 'with nothing recorded';
    if (code === 'unmapped') return 'with an outcome that has no common code';
    return `that ended as “${lists.codes?.dispositions.find((d) => d.code === code)?.name ?? code}”`;
}

/* The heading of the list, without the filters that mean "all". */
export function inWords(filters: Filters, district: District, lists: Lists, agency = filters.agency): string {
    const parts: string[] = [];
    if (filters.class) parts.push(`of class ${className(filters.class)}`);
    if (filters.type) {
        const name = lists.codes?.types.find((t) => t.code === filters.type)?.name ?? filters.type;
        parts.push(filters.type === 'unmapped' ? 'of no common type' : `of type ${name}`);
    }
    const school = lists.schools?.find((s) => String(s.id) === filters.school);
    if (school) parts.push(`at ${school.name}`);
    if (filters.hours) parts.push(filters.hours === 'school' ? 'in school hours' : 'outside school hours');
    const offered = spans(filters, district);
    const span = offered.find((s) => s.value === spanOf(filters, offered));
    if (span && span.value !== 'any') parts.push(span.label);
    if (filters.disposition) parts.push(ended(filters.disposition, lists));
    if (filters.status) parts.push(STATES[filters.status] ?? filters.status);
    if (agency) parts.push(`from ${agency}`);
    if (filters.q) parts.push(`with ${list(filters.q.split(/\s+/).map((word) => `“${word}”`))}`);
    return parts.join(', ');
}
