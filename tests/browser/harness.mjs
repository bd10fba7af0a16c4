// The basis of the tests: one browser, one line of output for each test, waits for a condition.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const out = resolve(root, process.env.OUT ?? 'build/release');
if (!existsSync(join(out, 'web/index.html'))) {
    console.error(`the page is not built: make web (looked into ${out})`);
    process.exit(2);
}
const modules = createRequire(join(out, 'web-src/'));
const { chromium } = modules('playwright-core');
const axe = readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');

export const page = join(out, 'web');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21aa'];
const only = process.argv[2];

export const PHONE = { width: 390, height: 844 };
export const TABLET = { width: 768, height: 1024 };
export const DESK = { width: 1440, height: 900 };

/* The running stack, from the file that `make run` wrote. */
export function stack() {
    const file = process.env.RUN_JSON ?? join(process.env.LIAISON_VAR ?? join(root, 'var'), 'run.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

// SLOW=6: a sixth of a processor, and answers that are 6 times 50 ms late, so that a test fails if it passes
// only with a fast page.
const slow = Number(process.env.SLOW ?? 0);

let browser;
let passed = 0;
let failed = 0;
let leftOut = 0;

export async function start() {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

export async function finish() {
    await browser.close();
    console.log(`${passed} passed, ${failed} failed, ${leftOut} skipped`);
    return failed ? 1 : 0;
}

/* Reports and counts a test that cannot run here. */
export function skipped(name, why) {
    leftOut += 1;
    console.log(`skipped ${name}: ${why}`);
}

export function check(truth, message) {
    if (!truth) throw new Error(message);
}

export function same(found, wanted, about) {
    if (found !== wanted) throw new Error(`${about}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
}

/* Waits until `ask` returns something true. The error at the deadline names `what`. */
export async function until(ask, what, seconds = slow ? 30 : 10) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const answer = await ask();
        if (answer) return answer;
        if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
        await new Promise((r) => setTimeout(r, 100));
    }
}

/* Waits until an element contains the words, which may appear some time after their cause. */
export async function says(tab, where, words, what) {
    let text = '';
    const found = async () => {
        text = (await tab.locator(where).first().innerText()).replace(/\u00a0/g, ' ');
        return text.includes(words);
    };
    await until(found, what).catch((e) => { throw new Error(`${e.message}: ${JSON.stringify(text)}`); });
}

async function slowed(tab, context) {
    const session = await context.newCDPSession(tab);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slow });
    await tab.route(/\/api\/v1\/(?!stream)/, async (route) => {
        try {
            const response = await route.fetch();
            await new Promise((r) => setTimeout(r, slow * 50));
            await route.fulfill({ response });
        } catch {
            await route.abort().catch(() => {}); // the page has moved on, or the server never answers
        }
    });
}

/* Runs one test in a new browser context. Console errors and failing scripts fail the test, except
 * for refusals that it expects. */
export async function test(name, run, { size = DESK, scheme = 'light', expect = [], storage, always } = {}) {
    if (only && !always && !name.includes(only)) return;
    const context = await browser.newContext({
        viewport: size, colorScheme: scheme, hasTouch: size === PHONE, storageState: storage, acceptDownloads: true,
    });
    const tab = await context.newPage();
    tab.setDefaultTimeout(slow ? 40_000 : 15_000);
    if (slow) await slowed(tab, context);
    const errors = [];
    tab.on('console', (m) => m.type() === 'error' && errors.push(`${m.text()} ${m.location().url ?? ''}`));
    tab.on('pageerror', (e) => errors.push(e.message));
    try {
        await run(tab, context);
        const unexpected = errors.filter((e) => !expect.some((x) => e.includes(x)));
        check(unexpected.length === 0, `errors in the console: ${unexpected.join(' | ')}`);
        passed += 1;
        console.log(`ok      ${name}`);
    } catch (e) {
        failed += 1;
        console.log(`FAILED  ${name}\n        ${String(e.message ?? e).split('\n').slice(0, 12).join('\n        ')}`);
    } finally {
        await context.close();
    }
}

export async function audit(tab) {
    await tab.evaluate(axe);
    const found = await tab.evaluate((tags) => globalThis.axe.run({ runOnly: { type: 'tag', values: tags } }), WCAG);
    const said = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).slice(0, 3).join('; ')}`);
    check(said.length === 0, `axe-core: ${said.join(' | ')}`);
    check(found.passes.length > 5, `axe-core looked at next to nothing: ${found.passes.length} rules`);
}

export async function noSideways(tab, what = 'the page') {
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, `${what} scrolls sideways by ${over} pixels`);
}

/* Main buttons and links on a phone are 44 pixels high. */
export async function thumbs(tab) {
    const small = await tab.evaluate(() =>
        [...document.querySelectorAll('button, .thumb-links a, summary, input, select')]
            .filter((e) => e.offsetParent && getComputedStyle(e).clipPath === 'none')
            .map((e) => [e.textContent?.trim().slice(0, 30), Math.round(e.getBoundingClientRect().height)])
            .filter(([text, height]) => height < 44 && text !== 'and others'));
    check(small.length === 0, `under 44 pixels: ${JSON.stringify(small.slice(0, 4))}`);
}

/* With SHOTS set to a folder: a picture of the whole page, or of what is on the screen. */
export async function shot(tab, name, fullPage = true) {
    if (process.env.SHOTS) await tab.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage });
}

export async function signIn(tab, url, who, to = '/sign-in') {
    await tab.goto(url + to);
    await tab.fill('#login', who.login);
    await tab.keyboard.press('Enter');
    await tab.fill('#password', who.password);
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('.head-links', { state: 'attached' });
}

/* Waits until the page has its data: no placeholders, no error banner. */
export async function settled(tab) {
    await tab.waitForSelector('h1', { state: 'attached' });
    await until(async () => (await tab.locator('.skeleton').count()) === 0, `the page is loaded: ${tab.url()}`);
    await tab.evaluate(() => document.fonts.ready);
}

export const total = async (tab) => {
    await tab.waitForSelector('[data-total]', { state: 'attached' });
    return Number(await tab.getAttribute('[data-total]', 'data-total'));
};
