// Who has a call, who is still asked, whose message waits; and calls that are alike.
import { audit, check, DESK, noSideways, PHONE, same, says, settled, shot, signIn, TABLET, test, thumbs, until } from './harness.mjs';
import { printed } from './paper.mjs';

const who = { login: 'director', password: 'director' };
const FIRST = '/calls/lakeside-pd/P2026-900001';
const ACK = '/a/token-token-token-token';
const LOOKS = [PHONE, TABLET, DESK].flatMap((size) => ['light', 'dark'].map((scheme) => ({ size, scheme })));

/* Pictures of a page, also as it prints. */
async function pictures(tab, name, { size, scheme }) {
    await shot(tab, `${name}-${size.width}-${scheme}`);
    if (size === DESK && scheme === 'light') await printed(tab, size, () => shot(tab, `${name}-print`));
}

export async function standing(url, set) {
    for (const look of LOOKS)
        await test(`where two people are asked, each page says who has it and that one more is asked (${look.size.width} px, ${look.scheme})`, async (tab) => {
            await set('reset');
            await set('two');
            await signIn(tab, url, who);
            await tab.locator(look.size === PHONE ? '.thumb-act button' : '.row-nobody button').first().click();
            await says(tab, '.row-some', 'Dana Reyes has it. 1 more person is asked.', 'the row');
            await says(tab, 'h1', 'Dana Reyes has it, 1 more person is asked', 'the sentence');
            same(await tab.locator('.row-some button, .thumb-act').count(), 0, 'who has it is not asked again');
            await audit(tab);
            await noSideways(tab);
            await pictures(tab, 'some-now', look);
            await tab.goto(url + FIRST);
            await says(tab, 'h1', 'Dana Reyes has it; 1 more person is asked', 'the headline');
            await says(tab, '.alerts', 'Dana Reyes has it', 'the list');
            await audit(tab);
            await pictures(tab, 'some-call', look);
            await tab.goto(url + ACK);
            await says(tab, '.ack-act', 'Dana Reyes has it. 1 more person is asked.', 'the link');
            await pictures(tab, 'some-link', look);
            await tab.click('button:has-text("I have this")');
            await tab.click('button:has-text("Yes, I have it")');
            await says(tab, '.ack-held', 'Dana Reyes and Sam Ortiz have it', 'the first stays');
            await tab.goto(url + FIRST);
            await says(tab, 'h1', 'Dana Reyes and Sam Ortiz have it', 'the headline names both');
            await says(tab, '.stand', 'Dana Reyes and Sam Ortiz have it', 'so does what stands below');
        }, look);

    for (const look of LOOKS)
        await test(`a call of which no message has gone out is not called alerted (${look.size.width} px, ${look.scheme})`, async (tab) => {
            await set('reset');
            await set('tried');
            await signIn(tab, url, who);
            const row = (await tab.locator('.row-nobody').first().innerText()).replace(/\u00a0/g, ' ');
            check(/Nobody was told of it yet\. Messages have been tried since \d\d:\d\d/.test(row) && !/Alerted/.test(row), row);
            await audit(tab);
            await noSideways(tab);
            await pictures(tab, 'tried-now', look);
        }, look);

    for (const look of LOOKS)
        await test(`a message that waits for the end of quiet hours says for whom and until when (${look.size.width} px, ${look.scheme})`, async (tab) => {
            await set('reset');
            await set('quiet');
            await signIn(tab, url, who);
            const waits = /Nobody was told of it yet\. The messages to Sam Ortiz and Ana Lind wait until quiet hours end (at|on .+,) \d\d:\d\d\./;
            const row = (await tab.locator('.row-nobody').first().innerText()).replace(/\u00a0/g, ' ');
            check(waits.test(row) && !/Alerted/.test(row), row);
            await audit(tab);
            await noSideways(tab);
            await pictures(tab, 'quiet-now', look);
            await tab.goto(url + FIRST);
            await says(tab, '.told', 'Waits until quiet hours end', 'the message of the call');
            check(waits.test((await tab.innerText('.stand')).replace(/\u00a0/g, ' ')), await tab.innerText('.stand'));
            await pictures(tab, 'quiet-call', look);
            await tab.goto(url + ACK);
            await settled(tab);
            check(/Told when quiet hours end\s+Ana Lind, assistant principal\s+(at|on .+,) \d\d:\d\d/.test(await tab.innerText('main')), await tab.innerText('main'));
            await pictures(tab, 'quiet-link', look);
        }, look);

    for (const look of LOOKS)
        await test(`of calls that are alike one has a row, and the others are counted (${look.size.width} px, ${look.scheme})`, async (tab) => {
            await set('reset');
            await set('storm');
            await signIn(tab, url, who);
            await tab.waitForSelector('.like');
            const rows = await tab.locator('.group:not(#recent) [data-row]').count();
            check(rows < 20, `${rows} rows of 500 calls`);
            await says(tab, '.group-nobody .like', '19 more like this, ', 'the count');
            const counts = await tab.$$eval('.group:not(#recent) .like', (all) => all.map((e) => Number(/\d+/.exec(e.textContent)[0])));
            same(counts.reduce((a, b) => a + b, rows), 500, 'calls in all');
            check((await tab.locator('.twin-list').innerText()).length < 1000, 'the list beside the map counts too');
            await audit(tab);
            await noSideways(tab);
            if (look.size === PHONE) await thumbs(tab);
            const length = () => tab.evaluate(() => document.documentElement.scrollHeight / innerHeight);
            check((await length()) < 8, `${await length()} screens`);
            await printed(tab, look.size, async () => check((await length()) < 5, `${await length()} sheets`));
            await pictures(tab, 'storm-now', look);
            await tab.locator('.group-nobody .like button').click();
            await until(async () => (await tab.locator('.group-nobody [data-row]').count()) === 21, 'each can be opened');
            if (look.size !== PHONE) await shot(tab, `storm-open-${look.size.width}-${look.scheme}`, false);
        }, look);

    for (const [n, rows, more] of [[3, 3, null], [4, 1, '3 more like this, ']])
        await test(`${n} open calls that are alike have ${rows === n ? 'a row each' : 'one row, which opens'}`, async (tab) => {
            await set('reset');
            await tab.route('**/api/v1/now', async (route) => {
                const response = await route.fetch();
                const now = await response.json();
                const [one] = now.open;
                const alike = Array.from({ length: n }, (_, i) => ({
                    ...one, incident: `ALIKE-${i}`, opened_at: new Date(Date.parse(one.opened_at) - i * 60_000).toISOString() }));
                await route.fulfill({ response, json: { ...now, open: alike } });
            });
            await signIn(tab, url, who);
            await tab.waitForSelector('[data-call="lakeside-pd/ALIKE-0"]');
            const calls = () => tab.$$eval('.group-nobody [data-row]', (all) => all.map((e) => e.dataset.call.split('-').pop()).join());
            same(await calls(), [0, 1, 2].slice(0, rows).join(), 'rows');
            same(await tab.locator('.like').count(), more ? 1 : 0, 'counts of others');
            if (!more) return;
            await says(tab, '.group-nobody .like', more, 'the count');
            const button = tab.locator('.group-nobody .like button');
            await button.click();
            await until(async () => (await calls()) === '0,1,2,3', 'each has its row');
            same(await tab.locator('.group-nobody [data-row] button').count(), n, 'each can be taken');
            await button.click();
            await until(async () => (await calls()) === '0', 'one row again');
        });

    await test('a tablet shows the whole name of the district', async (tab) => {
        await set('reset');
        await tab.route('**/api/v1/session', async (route) => {
            const response = await route.fetch();
            const session = await response.json();
            if (session.district) session.district.name = 'Upper Skagit County Public Schools';
            await route.fulfill({ response, json: session });
        });
        await signIn(tab, url, who);
        await settled(tab);
        const cut = await tab.locator('.head-name').evaluate((e) => e.scrollWidth - e.clientWidth);
        check(cut <= 0, `${cut} pixels of the name are cut`);
        await noSideways(tab);
    }, { size: TABLET, expect: ['401'] });

    await test('one month is named once', async (tab) => {
        await set('reset');
        await tab.route('**/api/v1/outcomes*', async (route) => {
            const response = await route.fetch();
            await route.fulfill({ response, json: { ...(await response.json()), first_at: '2026-11-02T18:00:00Z', last_at: '2026-11-27T18:00:00Z' } });
        });
        await signIn(tab, url, who, '/sign-in?next=/outcomes');
        await says(tab, 'h1', 'November 2026', 'the span');
        check(!/November 2026 to/.test(await tab.innerText('h1')), await tab.innerText('h1'));
    });

    await test('a phone shows what happened and who has a call before the rest', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await tab.waitForSelector('.facts');
        const parts = ['.sentence', '.stand', '.timeline', '.alerts', '.told', '.outcome', '.place', '.facts'];
        const tops = await tab.evaluate((all) => all.map((one) => document.querySelector(one).getBoundingClientRect().top), parts);
        same([...tops].sort((a, b) => a - b).join(), tops.join(), parts.join());
    }, { size: PHONE });
}
