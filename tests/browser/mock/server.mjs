// A mock server that answers as openapi.json says, with invented data, for states that are hard to cause:
//   PAGE=<folder of the built page> PORT=20410 node tests/browser/mock/server.mjs
// POST /__mock/{normal|empty|cut|unsent|stopped|error|slow|silent|expired|locked} changes its state; POST /__mock/call adds a
// call, /__mock/left moves the first call away from its school, /__mock/ended ends the sessions.
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { alerted, iso, makeCall, makeWorld, TYPES } from './data.mjs';
import * as answers from './answers.mjs';

const KINDS = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const CSRF = 'mock-csrf-token-0001';

export function serve({ page, port = 0 }) {
    const world = makeWorld();
    world.scenario = 'normal';
    const streams = new Set();
    const tell = (event, data, id) => {
        if (world.scenario === 'silent') return;
        for (const s of streams) s.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const beat = setInterval(() => tell('heartbeat', { at: iso(Date.now()) }), 5_000);

    const json = (res, status, body, headers = {}) => {
        res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
        res.end(body === undefined ? '' : JSON.stringify(body));
    };
    const refuse = (res, status, code, reason, field = null) => json(res, status, { error: { code, field, reason } });
    const session = () => ({ user: { id: 4, login: 'director', name: 'Dana Reyes', role: 'district', schools: null }, district: world.district, csrf: CSRF });
    const moved = (call, event = 'change') => {
        world.change += 1;
        tell(event, event === 'change' ? { agency: call.agency, incident: call.incident, change_id: world.change } : { agency: call.agency, incident: call.incident }, event === 'change' ? world.change : undefined);
    };
    const acknowledge = (call, by) => {
        if (call.alert?.state !== 'alerted') return;
        const holders = [...call.alert.holders, { name: by, person: by === 'Dana Reyes' ? 4 : 9 }];
        const wanting = call.alert.wanting - 1;
        call.alert = { ...call.alert, holders, wanting };
        if (wanting === 0) Object.assign(call.alert, { state: 'acknowledged', acknowledged_by: by, acknowledged_at: iso(Date.now()) });
        note(call, { kind: 'has', by });
        moved(call, 'alert');
    };
    const note = (call, said) => {
        call.log = [...(call.log ?? []), { at: iso(Date.now()), role: said.by === 'Sam Ortiz' ? 'principal' : null, to: null, text: null, late: false, ...said }];
    };
    const hear = (call, by, { act, to, text }) => {
        if (act === 'has') return acknowledge(call, by);
        note(call, { kind: act, by, text: text ?? null, to: to ? { 11: { name: 'Sam Ortiz', role: 'principal' }, 12: { name: 'Lee Park', role: 'assistant_principal' } }[to] : null });
        if (act !== 'comment') call.alert = { ...alerted(Date.parse(call.alert.alerted_at)) };
        return moved(call, 'alert');
    };
    const denied = (body) => /\bdob\b/i.test(body);

    function stream(res) {
        res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        res.write('retry: 1000\n\n');
        if (world.scenario !== 'silent') res.write(`event: heartbeat\ndata: {"at":"${iso(Date.now())}"}\n\n`);
        streams.add(res);
        res.on('close', () => streams.delete(res));
    }

    function endStreams() {
        for (const s of streams) s.end();
    }

    function signed(req, res, url, body) {
        const call = /^\/api\/v1\/calls\/([^/]+)\/([^/]+)(\/acknowledge)?$/.exec(url.pathname);
        if (req.method !== 'GET' && req.headers['x-csrf-token'] !== CSRF) return refuse(res, 403, 'bad_csrf', 'The page is out of date. Load it again.');
        if (call) {
            const found = world.calls.find((c) => c.agency === call[1] && c.incident === decodeURIComponent(call[2]));
            if (!found) return refuse(res, 404, 'not_found', 'There is no such call.');
            if (!call[3]) return json(res, 200, answers.detail(found));
            if (!found.alert) return refuse(res, 409, 'no_alert', 'Nobody was alerted, so there is nothing to acknowledge.');
            acknowledge(found, 'Dana Reyes');
            return json(res, 200, { call: found });
        }
        if (url.pathname === '/api/v1/alerts/7') {
            hear(world.calls[0], 'Dana Reyes', JSON.parse(body));
            return json(res, 200, { noted: true });
        }
        const ask = /^\/api\/v1\/reviews\/([^/]+)\/([^/]+)$/.exec(url.pathname);
        if (ask && req.method === 'POST') {
            const at = world.reviews.findIndex((r) => r.agency === ask[1] && r.incident === decodeURIComponent(ask[2]));
            if (at < 0) return refuse(res, 409, 'settled', 'Somebody has answered this, or the agency has.');
            const [one] = world.reviews.splice(at, 1);
            const answer = JSON.parse(body);
            world.decided.push({ incident: one.incident, ...answer });
            const left = world.reviews.filter((r) => !answer.remember || r.place_name !== one.place_name || r.address !== one.address);
            const others = world.reviews.length - left.length;
            world.reviews = left;
            return json(res, 200, answers.reviews(world, others));
        }
        const reads = {
            '/api/v1/reviews': () => answers.reviews(world.scenario === 'empty' ? { ...world, reviews: [] } : world),
            '/api/v1/session': session,
            '/api/v1/now': () => answers.now(world),
            '/api/v1/calls': () => (world.scenario === 'empty' ? { total: 0, items: [], next: null } : answers.calls(world, url.searchParams)),
            '/api/v1/outcomes': () => answers.outcomes(world.scenario === 'empty' ? { ...world, calls: [] } : world, url.searchParams),
            '/api/v1/schools': () => ({ schools: world.schools }),
            '/api/v1/codes': () => answers.codes(world),
        };
        if (req.method === 'DELETE') {
            endStreams();
            return json(res, 204, undefined, { 'Set-Cookie': 'liaison_session=; Path=/; Max-Age=0' });
        }
        if (url.pathname === '/api/v1/stream') return stream(res);
        const read = reads[url.pathname];
        return read ? json(res, 200, read()) : refuse(res, 404, 'not_found', 'There is none.');
    }

    function signIn(res, body) {
        const { login, password } = JSON.parse(body || '{}');
        if (world.scenario === 'locked') {
            return json(res, 429, { error: { code: 'too_many', field: null, reason: 'Too many wrong passwords.' } }, { 'Retry-After': '600' });
        }
        if (login !== 'director' || password !== 'director') return refuse(res, 401, 'bad_credentials', 'Login or password is not right.');
        world.ended = false;
        return json(res, 200, session(), { 'Set-Cookie': 'liaison_session=mock; HttpOnly; SameSite=Lax; Path=/' });
    }

    function api(req, res, url, body) {
        const { pathname } = url;
        const silent = ['silent', 'error'].includes(world.scenario);
        if (world.scenario === 'slow' && pathname !== '/api/v1/session') return undefined; // never answers
        if (silent && !['/api/v1/session', '/api/v1/stream'].includes(pathname)) return refuse(res, 503, 'unavailable', 'The figures cannot be read at the moment.');
        if (pathname === '/api/v1/session' && req.method === 'POST') return signIn(res, body);
        if (pathname === '/api/v1/public/lakeside') return json(res, 200, answers.publicYear(world));
        if (pathname.startsWith('/api/v1/public/')) return refuse(res, 404, 'not_found', 'There is no such district.');
        if (pathname.startsWith('/api/v1/confirm/')) {
            if (!pathname.endsWith('token')) return refuse(res, 404, 'not_found', 'There is no such link.');
            if (req.method === 'POST') world.confirmed = iso(Date.now());
            return json(res, 200, answers.confirm(world, pathname));
        }
        if (pathname === '/api/v1/ack/storm-storm-storm-token') return json(res, 200, answers.storm(world));
        if (pathname.startsWith('/api/v1/ack/')) {
            if (!pathname.endsWith('token')) return refuse(res, 404, 'not_found', 'There is no such link.');
            if (world.scenario === 'expired') return refuse(res, 410, 'expired', 'This link has expired.');
            if (denied(body)) return refuse(res, 400, 'bad_value', 'text must not tell an immigration status, a date or place of birth, or the name of a person of the call.', 'text');
            if (req.method === 'POST') hear(world.calls[0], 'Sam Ortiz', JSON.parse(body));
            return json(res, 200, answers.ack(world));
        }
        if (world.ended || !/liaison_session=mock/.test(req.headers.cookie ?? '')) return refuse(res, 401, 'unauthorized', 'Sign in first.');
        return signed(req, res, url, body);
    }

    function control(res, what) {
        if (what === 'decided') return json(res, 200, world.decided);
        if (what === 'call') {
            const call = makeCall(world.rnd, world.schools[4], Date.now() - 5000, `P2026-95${world.change}`, {
                open: true, units: [], alert: alerted(Date.now()) });
            world.calls.unshift(call);
            moved(call);
            return json(res, 200, call);
        }
        if (what === 'two') { // people must take the first call
            world.calls[0].alert.wanting = 2;
            return json(res, 200, world.calls[0]);
        }
        if (what === 'tried') { // no message of the first call has gone out
            world.calls[0].alert.told = false;
            return json(res, 200, world.calls[0]);
        }
        if (what === 'quiet') { // of the first call nobody is told before quiet hours end
            const until = iso(Date.now() + 5 * 3_600_000);
            const waits = ['Sam Ortiz', 'Ana Lind'].map((name) => ({ to: { name, role: 'principal' }, until }));
            Object.assign(world.calls[0].alert, { told: false, waits });
            return json(res, 200, world.calls[0]);
        }
        if (what === 'storm') {
            for (let i = 0; i < 495; i += 1) {
                const call = makeCall(world.rnd, world.schools[1], Date.now() - i * 4000, `P2026-7${10_000 + i}`, { open: true, units: [],
                    ...(i < 20 ? { type: TYPES[1], alert: alerted(Date.now() - i * 4000) }
                               : { type: TYPES[i % 5], held: { why: 'budget', told_at: null, due_at: null } }) });
                call.schools[0].relation = 'at';
                world.calls.push(call);
            }
            return json(res, 200, {});
        }
        if (what === 'left') {
            const call = world.calls[0];
            Object.assign(call, { left: call.schools[0].name, schools: [], address: null, place_name: null, latitude: null, longitude: null, units: [] });
            moved(call);
            return json(res, 200, call);
        }
        if (what === 'ended') {
            world.ended = true;
            endStreams();
            return json(res, 200, {});
        }
        if (what === 'reset') {
            const { scenario: _, ...fresh } = makeWorld();
            Object.assign(world, fresh, { scenario: 'normal', ended: false });
        } else if (what === 'hours12') world.district.hours24 = false;
        else world.scenario = what;
        return json(res, 200, { scenario: world.scenario });
    }

    function file(res, pathname) {
        const path = join(page, normalize(pathname));
        const found = extname(path) && existsSync(path) ? path : join(page, 'index.html');
        res.writeHead(200, { 'Content-Type': KINDS[extname(found)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' });
        res.end(readFileSync(found));
    }

    const server = createServer((req, res) => {
        const url = new URL(req.url, 'http://mock');
        let body = '';
        req.on('data', (d) => (body += d));
        req.on('end', () => {
            if (url.pathname.startsWith('/__mock/')) control(res, url.pathname.slice(8));
            else if (url.pathname.startsWith('/api/')) api(req, res, url, body);
            else file(res, url.pathname);
        });
    });
    return new Promise((ready) =>
        server.listen(port, '127.0.0.1', () =>
            ready({ url: `http://127.0.0.1:${server.address().port}`, stop: () => { clearInterval(beat); for (const s of streams) s.end(); server.closeAllConnections?.(); server.close(); } })));
}

if (process.argv[1]?.endsWith('server.mjs')) {
    const { url } = await serve({ page: process.env.PAGE ?? 'build/release/web', port: Number(process.env.PORT ?? 20410) });
    console.log(url);
}
