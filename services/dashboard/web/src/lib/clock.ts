// Times as text, in the district's zone and as its people write them ('09:12' or '9:12 AM'), and how long ago that is.
import { useEffect, useState } from 'preact/hooks';
import { say } from './say';

/* What a district's answer says of its clock. */
export interface Clock {
    zone: string;
    hours24: boolean;
}

let clock: Clock = { zone: 'UTC', hours24: true };
let ahead = 0; // server's clock minus the browser's, in ms
let formats = make(clock);

function make({ zone: timeZone, hours24 }: Clock) {
    const f = (options: Intl.DateTimeFormatOptions) =>
        new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: hours24 ? 'h23' : 'h12', ...options });
    const hour = hours24 ? '2-digit' : 'numeric';
    return {
        time: f({ hour, minute: '2-digit' }),
        seconds: f({ hour, minute: '2-digit', second: '2-digit' }),
        day: f({ weekday: 'short', month: 'short', day: 'numeric' }),
        dayOfYear: f({ month: 'short', day: 'numeric', year: 'numeric' }),
        parts: f({ year: 'numeric', month: '2-digit', day: '2-digit' }),
    };
}

/* The page's columns of times are wider with 12 hours (style/log.css). */
export function setClock(of: Clock): void {
    document.documentElement.dataset.hours = of.hours24 ? '24' : '12';
    clock = of;
    formats = make(of);
}

/* Sets the clock from the time in an answer of the server. */
export function setServerTime(at: string): void {
    ahead = new Date(at).getTime() - Date.now();
}

export function now(): number {
    return Date.now() + ahead;
}

/* A time stays on one line: the blank before AM and PM, a narrow one in some browsers, becomes one that does not break. */
const written = (format: Intl.DateTimeFormat, at: string) => format.format(new Date(at)).replace(/\s/g, '\u00a0');

export const timeOf = (at: string) => written(formats.time, at);
export const secondsOf = (at: string) => written(formats.seconds, at);

/* An hour of a day that has no date, such as '07:30'. No zone is involved. */
export function hourOf(time: string): string {
    return written(make({ ...clock, zone: 'UTC' }).time, `2026-01-01T${time}:00Z`);
}

/* The day in the district's zone, as 2026-11-23. */
export function dayOf(at: string | number): string {
    const parts = new Map(formats.parts.formatToParts(new Date(at)).map((p) => [p.type, p.value]));
    return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
}

export const today = () => dayOf(now());

/* 'Mon, Nov 9', with the year if it is not the current one. */
export function dateOf(at: string): string {
    const sameYear = dayOf(at).slice(0, 4) === today().slice(0, 4);
    return (sameYear ? formats.day : formats.dayOfYear).format(new Date(at));
}

/* 'Nov 9, 2026' */
export const fullDateOf = (at: string) => formats.dayOfYear.format(new Date(at));

export const isToday = (at: string) => dayOf(at) === today();

export function ago(at: string): string {
    const minutes = Math.floor((now() - new Date(at).getTime()) / 60_000);
    if (minutes < 1) return say('time.just_now');
    if (minutes < 60) return say('time.minutes_ago', { n: minutes });
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return say('time.hours_ago', { n: hours });
    const days = Math.floor(hours / 24);
    if (days < 60) return say(`time.days_ago.${days === 1 ? 'one' : 'other'}`, { n: days });
    const months = Math.floor(days / 30.44);
    return months < 24 ? say('time.months_ago', { n: months }) : say('time.years_ago', { n: Math.floor(days / 365.25) });
}

export function spell(at: string): string {
    return isToday(at) ? timeOf(at) : say('time.day_and_time', { day: dateOf(at), time: timeOf(at) });
}

/* When it was or will be, as 'at 09:12' or 'on Mon, Nov 9, 09:12'. */
export const atTime = (at: string) =>
    isToday(at) ? say('time.at', { time: timeOf(at) }) : say('time.on', { day_and_time: spell(at) });

/* How long from one time to another, in words. */
export function lasting(from: string, to: string): string {
    const minutes = Math.max(0, Math.round((new Date(to).getTime() - new Date(from).getTime()) / 60_000));
    if (minutes < 1) return say('lasting.moment');
    if (minutes < 60) return say('lasting.minutes', { n: minutes });
    const hours = Math.floor(minutes / 60);
    if (minutes % 60 === 0) return say('lasting.hours', { hours });
    return say('lasting.hours_minutes', { hours, minutes: minutes % 60 });
}

/* How long to wait, in words, rounded up. */
export function inAbout(seconds: number): string {
    if (seconds <= 10) return say('wait.seconds');
    if (seconds <= 60) return say('wait.minute');
    const minutes = Math.ceil(seconds / 60);
    if (minutes <= 90) return say('wait.minutes', { n: minutes });
    return say('wait.hours', { n: Math.ceil(minutes / 60) });
}

/* Adds days to a date such as 2026-11-23. No zone is involved. */
export function addDays(day: string, days: number): string {
    const at = new Date(`${day}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + days);
    return at.toISOString().slice(0, 10);
}

export function dayName(day: string): string {
    return new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short', day: 'numeric', year: 'numeric' }).format(
        new Date(`${day}T00:00:00Z`),
    );
}

export function monthName(month: string, style: 'long' | 'short' = 'long'): string {
    const format = new Intl.DateTimeFormat('en-US', {
        timeZone: 'UTC',
        month: style,
        ...(style === 'long' ? { year: 'numeric' as const } : {}),
    });
    return format.format(new Date(`${month}-01T00:00:00Z`));
}

/* 'May 2026 to June 2026', or the one month. */
export const monthsName = (from: string, to: string) =>
    from === to ? monthName(from) : say('time.from_to', { from: monthName(from), to: monthName(to) });

/* Renders again every 15 seconds, so that 'ago' stays correct. */
export function useTick(every = 15_000): number {
    const [tick, setTick] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => setTick((t) => t + 1), every);
        return () => clearInterval(timer);
    }, [every]);
    return tick;
}
