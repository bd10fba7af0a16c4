// Tests of the pages in a real browser.
//   node tests/browser/run.mjs [part of a test's name]
// They run against the running stack (var/run.json, or DASHBOARD_URL with LOGIN and PASSWORD). With MOCK=1,
// or if nothing runs, they run against a mock server, which is also used for rare states.
// SLOW=6 simulates a slow machine, to find tests that pass only with a fast page.
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
