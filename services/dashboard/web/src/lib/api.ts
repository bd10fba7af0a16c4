// Calls the API. Each failure is a Refusal with a text for the person.
import type { Ack, Act, AlertAct, Call, CallDetail, CallPage, Codes, Confirm, Now, Outcomes, PublicYear, Reviews, School, Session } from './types';

export class Refusal extends Error {
    constructor(
        readonly status: number, // 0: the server could not be reached
        readonly code: string,
        readonly field: string | null,
        reason: string,
        readonly retryAfter: number | null = null, // seconds
    ) {
        super(reason);
    }
}

let csrf = '';
let onSignedOut: () => void = () => {};

export function whenSignedOut(then: () => void): void {
    onSignedOut = then;
}

/* Retry-After in seconds. The header has seconds or a date. */
function retryAfter(answer: Response): number | null {
    const text = answer.headers.get('Retry-After');
    if (!text) return null;
    const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
    return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}

async function refusalOf(answer: Response): Promise<Refusal> {
    const wait = retryAfter(answer);
    try {
        const { error } = (await answer.json()) as { error: { code: string; field: string | null; reason: string } };
        return new Refusal(answer.status, error.code, error.field, error.reason, wait);
    } catch {
        return new Refusal(answer.status, 'internal', null, `The server answered ${answer.status}.`, wait);
    }
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let answer: Response;
    try {
        answer = await fetch(`/api/v1${path}`, {
            method,
            headers,
            credentials: 'same-origin',
            ...(body !== undefined ? { body: JSON.stringify(body) } : {}),
            ...(signal ? { signal } : {}),
        });
    } catch (e) {
        if (signal?.aborted) throw e;
        throw new Refusal(0, 'unreachable', null, 'Liaison cannot be reached from here.');
    }
    if (!answer.ok) {
        const refusal = await refusalOf(answer);
        if (refusal.code === 'unauthorized') onSignedOut();
        throw refusal;
    }
    return (answer.status === 204 ? undefined : await answer.json()) as T;
}

const callPath = (c: { agency: string; incident: string }) =>
    `/calls/${encodeURIComponent(c.agency)}/${encodeURIComponent(c.incident)}`;

function keep(session: Session): Session {
    csrf = session.csrf;
    return session;
}

export const api = {
    signIn: (login: string, password: string) => ask<Session>('POST', '/session', { login, password }).then(keep),
    session: () => ask<Session>('GET', '/session').then(keep),
    signOut: () => ask<void>('DELETE', '/session'),
    now: (signal?: AbortSignal) => ask<Now>('GET', '/now', undefined, signal),
    calls: (query: string, signal?: AbortSignal) => ask<CallPage>('GET', `/calls${query}`, undefined, signal),
    call: (agency: string, incident: string, signal?: AbortSignal) =>
        ask<CallDetail>('GET', callPath({ agency, incident }), undefined, signal),
    acknowledge: (c: { agency: string; incident: string }) => ask<{ call: Call }>('POST', `${callPath(c)}/acknowledge`),
    reviews: (signal?: AbortSignal) => ask<Reviews>('GET', '/reviews', undefined, signal),
    decide: (r: { agency: string; incident: string }, school: number | null, remember: boolean) =>
        ask<Reviews>('POST', `/reviews/${encodeURIComponent(r.agency)}/${encodeURIComponent(r.incident)}`, {
            school,
            remember,
        }),
    outcomes: (query: string, signal?: AbortSignal) => ask<Outcomes>('GET', `/outcomes${query}`, undefined, signal),
    schools: () => ask<{ schools: School[] }>('GET', '/schools').then((a) => a.schools),
    codes: () => ask<Codes>('GET', '/codes'),
    public: (district: string) => ask<PublicYear>('GET', `/public/${encodeURIComponent(district)}`),
    ack: (token: string) => ask<Ack>('GET', `/ack/${encodeURIComponent(token)}`),
    confirm: (token: string) => ask<Confirm>('GET', `/confirm/${encodeURIComponent(token)}`),
    pressConfirm: (token: string) => ask<Confirm>('POST', `/confirm/${encodeURIComponent(token)}`),
    pressAck: (token: string, act: Act) => ask<Ack>('POST', `/ack/${encodeURIComponent(token)}`, act),
    sayOf: (alert: number, act: AlertAct) => ask<void>('POST', `/alerts/${alert}`, act),
};
