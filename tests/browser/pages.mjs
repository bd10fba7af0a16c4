// Tests that hold on every dashboard, whatever calls it has.
import { audit, check, DESK, noSideways, PHONE, same, settled, signIn, skipped, test, thumbs, total, until } from './harness.mjs';
import { readFileSync } from 'node:fs';

const REFUSED = ['401'];
// Two days ago: the list of calls before this time does not change while live calls come.
const SETTLED = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);

async function json(tab, path) {
    return tab.evaluate((p) => fetch(p).then((r) => r.json()), path);
}

async function signing({ url, who }) {
    await test('a wrong password is refused in words and keeps the login', async (tab) => {
        await tab.goto(`${url}/sign-in`);
        await tab.fill('#login', who.login);
        await tab.keyboard.press('Enter');
        await tab.fill('#password', 'certainly not this');
        await tab.keyboard.press('Enter');
        await tab.waitForSelector('.said-wrong');
        same(await tab.inputValue('#login'), who.login, 'login');
        check(/not right/.test(await tab.textContent('.said-wrong')), 'it says what is wrong');
    }, { expect: REFUSED });

    await test('who is not signed in is led to where he wanted to go', async (tab) => {
        await tab.goto(`${url}/calls?status=closed`);
        await tab.waitForURL(/\/sign-in\?next=/);
        await tab.fill('#login', who.login);
        await tab.keyboard.press('Enter');
        await tab.fill('#password', who.password);
        await tab.keyboard.press('Enter');
        await tab.waitForURL(`${url}/calls?status=closed`);
        await total(tab);
    }, { expect: REFUSED });

    await test('the menu closes by Escape, and by going on elsewhere', async (tab) => {
        await signIn(tab, url, who);
        const open = () => tab.locator('.who[open]').count();
        for (const leave of [() => tab.keyboard.press('Escape'), () => tab.click('main h1'), () => tab.focus('.head-name')]) {
            await tab.click('.who summary');
            await until(async () => (await open()) === 1, 'the menu is open');
            await leave();
            await until(async () => (await open()) === 0, 'the menu is closed');
        }
        await tab.click('.who summary');
        await tab.click('.who-menu b');
        same(await open(), 1, 'a click within it leaves it open');
    });

    await test('signing out ends the session', async (tab) => {
        await signIn(tab, url, who);
        await tab.click('.who summary');
        await tab.click('text=Sign out');
        await tab.waitForURL(/sign-in/);
        same(await tab.evaluate(() => fetch('/api/v1/session').then((r) => r.status)), 401, 'the session');
    }, { expect: REFUSED });
}

/* Follows links that show a number: the total of the list must be that number. */
async function opens(tab, links) {
    check(links.length > 0, 'there is no link to press');
    for (const { href, n } of links) {
        await tab.goto(new URL(href, tab.url()).href);
        same(await total(tab), n, `calls behind ${href}`);
    }
}

async function numbers(at, tab) {
    return tab.evaluate((where) =>
        [...document.querySelectorAll(where)].map((a) => ({ href: a.getAttribute('href'), n: Number(a.dataset.number) })), at);
}

async function showAll(tab) {
    const button = tab.locator('button:has-text("Show all")');
    while (await button.count()) await button.first().click();
}

/* Texts on a background that is not nearly white. */
async function darkOnPaper(tab) {
    return tab.evaluate(() => {
        const under = (e) => {
            for (; e; e = e.parentElement) {
                const [r, g, b, alpha = 1] = getComputedStyle(e).backgroundColor.match(/[\d.]+/g).map(Number);
                if (alpha > 0) return Math.min(r, g, b);
            }
            return 255;
        };
        return [...document.querySelectorAll('body *')]
            .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
            .filter((e) => under(e) < 200).map((e) => e.textContent.trim().slice(0, 40));
    });
}

async function printing({ url, storage, slug }) {
    await test('what is printed has white paper, whatever the screen is', async (tab) => {
        for (const path of ['/', '/calls', '/outcomes', `/public/${slug}`]) {
            await tab.emulateMedia({ media: 'screen' });
            await tab.goto(url + path);
            await tab.locator('h1').first().waitFor();
            await until(async () => (await darkOnPaper(tab)).length > 3, `${path} is dark on the screen`);
            await tab.emulateMedia({ media: 'print' });
            let dark = [];
            await until(async () => (dark = await darkOnPaper(tab)).length === 0, `${path} on paper`, 3)
                .catch((e) => { throw new Error(`${e.message}: ${JSON.stringify(dark.slice(0, 5))}`); });
        }
    }, { storage, scheme: 'dark' });
}

async function counting({ url, storage }) {
    await test('the sentence about schools says which share of the calls they have', async (tab) => {
        await tab.goto(`${url}/outcomes?to=${SETTLED}`);
        await tab.waitForSelector('.findings');
        const said = (await tab.textContent('.findings li')).replaceAll('\u00a0', ' ');
        const [, few, share] = /^(One school|\d+ of \d+ schools) ha(?:s|ve) (\d+) % of the calls\./.exec(said) ?? [];
        check(share, said);
        const data = await json(tab, `/api/v1/outcomes?to=${SETTLED}`);
        const sum = data.by_school.slice(0, parseInt(few, 10) || 1).reduce((s, row) => s + row.total, 0);
        check(Math.abs((100 * sum) / data.total - Number(share)) < 1 && 2 * sum >= data.total, `${said}: ${sum} of ${data.total}`);
    }, { storage });

    await test('the charts of the classes are of a school year that is charted above them', async (tab) => {
        await tab.goto(`${url}/outcomes?to=${SETTLED}`);
        const heading = await tab.locator('h2', { hasText: 'The commonest classes' }).innerText();
        const year = / (\d{4}–\d\d)$/.exec(heading)?.[1];
        check(year, heading);
        check((await tab.locator('.multiples').first().innerText()).includes(`School year ${year}`), `a chart of ${year}`);
    }, { storage });

    await test('every number on the outcomes page opens exactly the calls it counts', async (tab) => {
        await tab.goto(`${url}/outcomes?to=${SETTLED}`);
        await settled(tab);
        await showAll(tab);
        const all = (await numbers('main a[data-number]', tab)).filter((l) => l.href.startsWith('/calls'));
        check(all.length > 10, `only ${all.length} numbers on the page`);
        check(all.every((l) => l.href.includes(`to=${SETTLED}`)), 'each link keeps the filter');
        const step = Math.max(1, Math.floor(all.length / 14));
        await opens(tab, all.filter((_, i) => i % step === 0));
    }, { storage });

    await test('what the tables count adds up to the total', async (tab) => {
        await tab.goto(`${url}/outcomes?to=${SETTLED}`);
        await settled(tab);
        const whole = Number(await tab.getAttribute('h1 [data-number]', 'data-number'));
        await showAll(tab);
        const sums = await tab.evaluate(() => [...document.querySelectorAll('table.bars')].map((t) =>
            [...t.querySelectorAll('td.number a')].reduce((s, a) => s + Number(a.dataset.number), 0)));
        check(sums.length >= 3, `only ${sums.length} tables`);
        for (const sum of sums) same(sum, whole, 'the sum of a table');
    }, { storage });

    await test('the figures on Now open what they count', async (tab) => {
        const now = await (await tab.goto(`${url}/`), settled(tab).then(() => json(tab, '/api/v1/now')));
        const open = now.schools.reduce((s, x) => s + x.open, 0);
        await tab.click('.figures a:has-text("open")');
        await settled(tab);
        check(Math.abs((await total(tab)) - open) <= 2, `open: ${open} on Now, ${await total(tab)} in the list`);
        check(tab.url().endsWith('/calls?status=open'), tab.url());
    }, { storage });
}

async function filtering({ url, storage }) {
    await test('filters are in the address, survive a reload and the way back', async (tab) => {
        await tab.goto(`${url}/calls?to=${SETTLED}`);
        const all = await total(tab);
        await until(async () => (await tab.locator('select[aria-label="School"] option').count()) > 1, 'schools in the sentence');
        await tab.selectOption('select[aria-label="School"]', { index: 1 });
        await tab.waitForURL(/school=\d+/);
        await tab.selectOption('select[aria-label="Hours"]', 'school');
        await tab.waitForURL(/hours=school/);
        await settled(tab);
        const some = await total(tab);
        check(some < all, `filtered ${some} of ${all}`);
        const address = tab.url();
        const words = await tab.textContent('h1');
        await tab.reload();
        same(await total(tab), some, 'total after a reload');
        await until(async () => (await tab.textContent('h1')) === words, 'the same heading after a reload');
        await tab.goBack();
        await until(() => !tab.url().includes('hours='), 'one filter less');
        await tab.goForward();
        same(tab.url(), address, 'address');
        await tab.click('text=Start over');
        await tab.waitForURL(`${url}/calls`);
    }, { storage });

    await test('a filter narrows to what the server counts', async (tab) => {
        await tab.goto(`${url}/calls?disposition=none&hours=outside&to=${SETTLED}`);
        const shown = await total(tab);
        same(shown, (await json(tab, `/api/v1/calls?disposition=none&hours=outside&to=${SETTLED}`)).total, 'total');
    }, { storage });

    await test('the search finds by incident number', async (tab) => {
        await tab.goto(`${url}/calls`);
        await total(tab);
        const one = (await json(tab, '/api/v1/calls?limit=1')).items[0];
        await tab.keyboard.press('/');
        await tab.keyboard.type(one.incident);
        await tab.waitForURL(/q=/);
        await settled(tab);
        await until(async () => (await tab.locator('[data-row]').count()) >= 1, 'the call is found');
        same(await tab.getAttribute('[data-row]', 'data-call'), `${one.agency}/${one.incident}`, 'call');
    }, { storage });

    await test('the search takes several words, in any order', async (tab) => {
        await tab.goto(`${url}/calls?status=closed`);
        await total(tab);
        const one = (await json(tab, '/api/v1/calls?limit=1&status=closed')).items[0];
        await tab.fill('#search', `${one.schools[0].name.split(' ').reverse().join(' ').toLowerCase()} ${one.incident}`);
        await tab.waitForURL(/q=/);
        await settled(tab);
        await until(async () => (await tab.locator('[data-row]').count()) === 1, 'one call is found');
        same(await tab.getAttribute('[data-row]', 'data-call'), `${one.agency}/${one.incident}`, 'call');
        check((await tab.textContent('h1')).includes(`and “${one.incident}”`), await tab.textContent('h1'));
    }, { storage });

    await test('a heading sorts, and sorts back', async (tab) => {
        await tab.goto(`${url}/calls?to=${SETTLED}`);
        await total(tab);
        await tab.click('th a:has-text("School")');
        await tab.waitForURL(/sort=school&dir=asc/);
        await tab.waitForSelector('th[aria-sort="ascending"]');
        await settled(tab);
        const names = (await tab.locator('td[data-label="School"]').allTextContents()).slice(0, 20);
        await tab.click('th a:has-text("School")');
        await tab.waitForURL(/dir=desc/);
        await settled(tab);
        const back = (await tab.locator('td[data-label="School"]').allTextContents()).slice(0, 20);
        check(names[0] !== back[0], `the order did not change: ${names[0]}`);
    }, { storage });

    await test('more calls are added below, none twice', async (tab) => {
        await tab.goto(`${url}/calls?to=${SETTLED}`);
        const all = await total(tab);
        if (all <= 50) return;
        await tab.click('text=Show 50 more');
        await until(async () => (await tab.locator('[data-row]').count()) > 50, 'more rows');
        const keys = await tab.$$eval('[data-row]', (rows) => rows.map((r) => r.dataset.call));
        same(new Set(keys).size, keys.length, 'different calls');
        same(keys.length, Math.min(all, 100), 'rows');
    }, { storage });
}

async function keyboard({ url, storage }) {
    await test('j, k and Enter move and open; ? lists the keys', async (tab) => {
        await tab.goto(`${url}/calls?to=${SETTLED}`);
        await total(tab);
        const at = () => tab.evaluate(() => document.activeElement?.closest('[data-row]')?.dataset.call);
        const keys = await tab.$$eval('[data-row]', (rows) => rows.slice(0, 2).map((r) => r.dataset.call));
        await tab.keyboard.press('j');
        same(await at(), keys[0], 'after j');
        await tab.keyboard.press('j');
        same(await at(), keys[1], 'after j j');
        await tab.keyboard.press('k');
        same(await at(), keys[0], 'after j j k');
        await tab.keyboard.press('?');
        await tab.waitForSelector('dialog[open]');
        await audit(tab);
        await tab.keyboard.press('Escape');
        await tab.keyboard.press('j');
        await tab.keyboard.press('Enter');
        await tab.waitForURL(/\/calls\/[^/]+\/[^/]+$/);
        await settled(tab);
        check((await tab.textContent('h1')).length > 10, 'a headline');
    }, { storage });
}

async function publicly({ url, slug }) {
    await test('the public page needs no session, and says what is counted and what is not', async (tab) => {
        await tab.goto(`${url}/public/${slug}`);
        await settled(tab);
        check(/What is counted/.test(await tab.textContent('main')), 'the definition');
        same(await tab.locator('text=Sign out').count(), 0, 'signs of a session');
        const button = tab.locator('button:has-text("Download")');
        if (!(await button.count())) return;
        const [download] = await Promise.all([tab.waitForEvent('download'), button.click()]);
        const text = readFileSync(await download.path(), 'utf8');
        const shown = await tab.locator('table.bars tbody tr').count();
        check(text.startsWith('\ufeffdistrict,school_year'), `the file's head: ${text.slice(0, 60)}`);
        check(text.trim().split('\r\n').length > shown, 'a line for each class');
    });

    await test('a district that is not there is said so', async (tab) => {
        await tab.goto(`${url}/public/no-such-district`);
        await settled(tab);
        check(/No district/.test(await tab.textContent('h1')), await tab.textContent('h1'));
    }, { expect: ['404'] });

    await test('a link that is not one acknowledges nothing and says what to do', async (tab) => {
        await tab.goto(`${url}/a/${'A'.repeat(32)}`);
        await until(async () => /expired/.test(await tab.textContent('h1')), 'the words for an expired link');
        await audit(tab);
    }, { expect: ['404', '410'], size: PHONE });
}

async function looking({ url, slug, storage }) {
    for (const scheme of ['light', 'dark']) {
        for (const size of [PHONE, DESK]) {
            const of = `${size.width} px, ${scheme}`;
            const addresses = {
                'Sign in': ['/sign-in', null], Now: ['/', storage], Calls: ['/calls', storage],
                Outcomes: ['/outcomes', storage], Public: [`/public/${slug}`, null],
            };
            for (const [name, [path, session]] of Object.entries(addresses)) {
                await test(`${name}: axe-core finds nothing and nothing scrolls sideways (${of})`, async (tab) => {
                    await tab.goto(url + path);
                    await settled(tab);
                    await audit(tab);
                    await noSideways(tab);
                    if (size === PHONE) await thumbs(tab);
                }, { size, scheme, ...(session ? { storage: session } : {}) });
            }
            await test(`One call: axe-core finds nothing and nothing scrolls sideways (${of})`, async (tab) => {
                await tab.goto(`${url}/calls`);
                await settled(tab);
                await tab.locator('[data-row] a').first().click();
                await tab.waitForURL(/\/calls\/[^/]+\/[^/]+$/);
                await settled(tab);
                await audit(tab);
                await noSideways(tab);
            }, { size, scheme, storage });
        }
    }
    await test('no page scrolls sideways at a width between a phone and a desk', async (tab) => {
        for (const path of ['/calls', '/', '/outcomes', '/review']) {
            await tab.goto(url + path);
            await settled(tab);
            for (const width of [640, 680, 720, 736, 737, 752, 768, 784, 800, 820, 896, 897, 960]) {
                await tab.setViewportSize({ ...DESK, width });
                await noSideways(tab, `${path} at ${width} px`);
            }
        }
    }, { storage });
}

async function live({ url, storage }) {
    await test('the stream is live within five seconds', async (tab) => {
        await tab.goto(`${url}/`);
        await tab.waitForSelector('.live-live', { timeout: 5_000 });
    }, { storage });

    await test('a page that nobody sees lets its stream go, and takes it up again', async (tab) => {
        const open = new Set();
        tab.on('request', (r) => r.url().endsWith('/api/v1/stream') && open.add(r));
        tab.on('requestfailed', (r) => open.delete(r));
        tab.on('requestfinished', (r) => open.delete(r));
        const see = (hidden) => tab.evaluate((value) => {
            Object.defineProperty(document, 'hidden', { value, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }, hidden);
        await tab.goto(`${url}/`);
        await tab.waitForSelector('.live-live', { timeout: 5_000 });
        same(open.size, 1, 'streams of the page');
        await see(true);
        await until(() => open.size === 0, 'the stream of a hidden page is let go', 15);
        await see(false);
        await until(() => open.size === 1, 'a page that is seen again has its stream', 5);
        await tab.waitForSelector('.live-live', { timeout: 5_000 });
        await tab.evaluate(() => window.dispatchEvent(new Event('pagehide')));
        await until(() => open.size === 0, 'the stream of a page that is left is let go at once', 2);
        await tab.addInitScript(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
        await tab.goto(`${url}/calls`);
        await tab.waitForTimeout(1_500);
        same(open.size, 0, 'streams of a page that was opened behind another');
        await see(false);
        await until(() => open.size === 1, 'it has its stream once it is seen', 5);
    }, { storage });

    await test('Now moves by itself when a call changes', async (tab) => {
        let reads = 0;
        tab.on('request', (r) => r.url().endsWith('/api/v1/now') && (reads += 1));
        await tab.goto(`${url}/`);
        await tab.waitForSelector('.live-live');
        await settled(tab);
        // After the two reads at the start, only an open stream causes more.
        await tab.waitForTimeout(1_500);
        const start = reads;
        await until(() => reads > start, 'the page read again after a change', Number(process.env.CHANGE_WITHIN ?? 90));
    }, { storage });
}

/* The newest link in a text message whose alert nobody has acknowledged. */
async function openLink(url, sms) {
    const { messages } = await (await fetch(new URL('/api/messages', sms))).json();
    const tokens = messages.map((m) => /\/a\/([A-Za-z0-9_-]+)/.exec(m.body)?.[1]).filter(Boolean).reverse();
    for (const token of tokens.slice(0, 40)) {
        const answer = await fetch(`${url}/api/v1/ack/${token}`);
        if (answer.ok && (await answer.json()).state === 'open') return token;
    }
    return null;
}

// How long a test waits for an alert: the demonstration has a call at a school every half minute, and most of them alert.
const ALERT_WITHIN = Number(process.env.ALERT_WITHIN ?? 180);

async function answering({ url, running, storage }) {
    const linked = 'the link in a real text acknowledges when pressed, and not before';
    if (!running?.sms) {
        skipped(linked, 'no SMS sandbox');
    } else {
        await test(linked, async (tab) => {
            const token = await until(() => openLink(url, running.sms), 'a text of an alert that nobody has', ALERT_WITHIN);
            await tab.goto(`${url}/a/${token}`);
            await tab.waitForSelector('button:has-text("I have this")');
            await audit(tab);
            await noSideways(tab);
            same((await json(tab, `/api/v1/ack/${token}`)).state, 'open', 'after looking');
            await tab.click('button:has-text("I have this")');
            await tab.click('button:has-text("Yes, I have it")');
            await tab.waitForSelector('.ack-held');
            const after = await json(tab, `/api/v1/ack/${token}`);
            same(after.state, 'acknowledged', 'after the press');
            check((await tab.textContent('.ack-held')).includes(after.acknowledged_by), 'who has it');
        }, { size: PHONE });
    }
    await test('a call on Now is acknowledged, and the server knows who has it', async (tab) => {
        await tab.goto(`${url}/`);
        const row = tab.locator('.row-nobody').first();
        await row.waitFor({ timeout: ALERT_WITHIN * 1000 });
        const key = await row.getAttribute('data-call');
        await tab.locator(`[data-call="${key}"] button`).first().click();
        const [agency, ...rest] = key.split('/');
        const path = `/api/v1/calls/${agency}/${encodeURIComponent(rest.join('/'))}`;
        const held = await until(async () => {
            const { call } = await json(tab, path);
            return call.alert?.state === 'acknowledged' && call;
        }, 'the server has it as acknowledged');
        check(held.alert.acknowledged_by, 'who has it');
    }, { storage });
}

/* A session that is kept for the tests that only read. */
async function enter(url, who) {
    let state = null;
    let slug = '';
    await test('a person signs in, one field at a time, and sees Now', async (tab, context) => {
        await tab.goto(`${url}/sign-in`);
        await tab.fill('#login', who.login);
        await tab.click('text=Continue');
        await until(() => tab.evaluate(() => document.activeElement?.id === 'password'), 'the password has the focus');
        await tab.keyboard.type(who.password);
        await tab.keyboard.press('Enter');
        await tab.waitForSelector('.figures');
        check((await tab.textContent('h1')).length > 5, 'a sentence stands first');
        state = await context.storageState();
        slug = (await json(tab, '/api/v1/session')).district.slug;
    }, { always: true });
    return { state, slug };
}

export async function pages({ url, who, running }) {
    const { state, slug } = await enter(url, who);
    if (!state) return;
    const world = { url, who, slug, storage: state, running };
    await signing(world);
    await live(world);
    await answering(world);
    await filtering(world);
    await counting(world);
    await printing(world);
    await keyboard(world);
    await publicly(world);
    await looking(world);
}
