// Pages in a real browser.
//   node tests/browser/run.mjs [part of a test's name]
// Against the running stack (var/run.json, or DASHBOARD_URL with LOGIN and PASSWORD); with MOCK=1, or
// where nothing runs, against a server of made answers, which also brings about the rare states.
// SLOW=6: on a slow machine, for tests that pass only where the page is quick.
import { finish, skipped, stack, start } from './harness.mjs';
import { pages } from './pages.mjs';
import { states } from './states.mjs';
import { words } from './words.mjs';

const running = process.env.MOCK ? null : stack();
const url = process.env.DASHBOARD_URL ?? running?.dashboard?.replace(/\/$/, '');

await start();
await words();
if (url && !process.env.MOCK) {
    const user = running?.users?.find((u) => u.role === 'district');
    const who = { login: process.env.LOGIN ?? user?.login, password: process.env.PASSWORD ?? user?.password };
    await pages({ url, who, running });
} else {
    skipped('the running stack', 'no DASHBOARD_URL and no var/run.json');
}
await states();
process.exit(await finish());
