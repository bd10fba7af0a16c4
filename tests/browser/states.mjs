// States that are hard to cause on a real stack: a call that nobody has acknowledged, a disconnected agency, a
// server that fails or falls silent. They run against the mock server in mock/.
import { audit, check, DESK, noSideways, page, PHONE, same, says, settled, shot, signIn, test, thumbs, total, until } from './harness.mjs';
import { conversation } from './conversation.mjs';
import { hours } from './hours.mjs';
import { links } from './links.mjs';
import { pages } from './pages.mjs';
import { paper } from './paper.mjs';
import { review } from './review.mjs';
import { serve } from './mock/server.mjs';
import { standing } from './standing.mjs';

const who = { login: 'director', password: 'director' };
const FIRST = '/calls/lakeside-pd/P2026-900001';
const ACK = '/a/token-token-token-token';

async function acts(url, set) {
    await test('a call that nobody has is acknowledged with one press', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        const row = tab.locator('.row-nobody').first();
        await row.locator('button:has-text("I have this")').click();
        await until(async () => (await tab.locator('.row-nobody').count()) === 0, 'no call is left that nobody has');
        check(/Dana Reyes has it/.test(await tab.textContent('main')), 'who has it');
    });

    await test('on a phone the act is in the lower half and does the same', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        const act = tab.locator('.thumb-act button');
        await act.waitFor();
        const box = await act.boundingBox();
        check(box.y > PHONE.height / 2 && box.height >= 44, `the act lies at ${box.y}, ${box.height} high`);
        await act.click();
        await until(async () => (await tab.locator('.thumb-act').count()) === 0, 'the act is done');
    }, { size: PHONE });

    await test('an acknowledgement that fails is said, and can be pressed again', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        await tab.waitForSelector('.row-nobody');
        await set('error');
        await tab.click('.row-nobody button');
        await tab.waitForSelector('.act-refused');
        check(/Not noted/.test(await tab.textContent('.act-refused')), 'in words');
        await set('normal');
        await tab.click('.row-nobody button');
        await until(async () => (await tab.locator('.row-nobody').count()) === 0, 'the second press is noted');
    }, { expect: ['503'] });

    await test('the link in a message shows and does not acknowledge; the press does', async (tab) => {
        await set('reset');
        await tab.goto(url + ACK);
        await settled(tab);
        await tab.reload();
        await settled(tab);
        same(await tab.evaluate(() => fetch(`/api/v1/ack/token-token-token-token`).then((r) => r.json()).then((a) => a.state)), 'open', 'state after two looks');
        await audit(tab);
        const button = tab.locator('button:has-text("I have this")');
        const box = await button.boundingBox();
        check(box.y > PHONE.height / 2 && box.height >= 44, `the button lies at ${box.y}, ${box.height} high`);
        await button.click();
        await tab.waitForSelector('text=Say that Sam Ortiz');
        await tab.waitForSelector('text=Once enough people have it, nobody else is asked.');
        same(await tab.evaluate(() => fetch(`/api/v1/ack/token-token-token-token`).then((r) => r.json()).then((a) => a.state)), 'open', 'state after one click');
        await audit(tab);
        await tab.click('button:has-text("Yes, I have it")');
        await tab.waitForSelector('text=Sam Ortiz has it');
        same(await tab.locator('button:has-text("I have this")').count(), 0, 'buttons left');
        await noSideways(tab);
    }, { size: PHONE });

    await test('a script that clicks everything that it finds once acknowledges nothing', async (tab) => {
        await set('reset');
        await tab.goto(url + ACK);
        await settled(tab);
        await tab.evaluate(() => document.querySelectorAll('button, a, form, [role=button]').forEach((e) => (e.tagName === 'FORM' ? e.requestSubmit() : e.click())));
        same(await tab.evaluate(() => fetch(`/api/v1/ack/token-token-token-token`).then((r) => r.json()).then((a) => a.state)), 'open', 'state');
    }, { size: PHONE });
}

async function telling(url, set) {
    await test('a message that waits says when it goes, one that nobody needs says why', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        const lee = tab.locator('.told > ul > li:has-text("Lee Park")');
        await lee.waitFor();
        const waits = await lee.innerText();
        check(/only if nobody answers/.test(waits) && /Will be asked (at|on .+,) \d\d:\d\d, if nobody answers/.test(waits), waits);
        same(await lee.locator('time').count(), 0, 'times of a message that waits');
        await tab.click('button:has-text("I have this")');
        await tab.waitForSelector('.told:has-text("not needed")');
        const why = await lee.innerText();
        check(/not needed.*somebody had said “I have this”/s.test(why), why);
        check(!/queued|cancelled/.test(await tab.innerText('main')), 'no word of the machine');
        same(await lee.locator('time').count(), 0, 'times of a message not needed');
    });

    await test('who was told has one row a person, with what came before folded', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await tab.waitForSelector('.told');
        const names = await tab.$$eval('.told > ul > li b', (all) => all.map((b) => b.textContent));
        same(names.join(), 'Sam Ortiz,Ana Lind,Lee Park', 'rows');
        const sam = tab.locator('.told > ul > li').first();
        check(/Text: delivered; e-mail: sent at try 2/.test(await sam.innerText()), await sam.innerText());
        same(await sam.locator('.told-history li:visible').count(), 0, 'the history is folded');
        await sam.locator('summary').click();
        same(await sam.locator('.told-history li:visible').count(), 2, 'the history');
        await audit(tab);
    }, { size: PHONE });

    await test('page room: the second step of a drill is left by Not now', async (tab) => {
        await set('reset');
        await tab.goto(`${url}/c/drill-drill-drill-token`);
        await tab.click('.button-act:has-text("I got this")');
        await tab.click('button:has-text("Not now")');
        await tab.waitForSelector('.button-act:has-text("I got this")');
    }, { size: PHONE });

    await test('page room: the help of an invalid link stands below its heading', async (tab) => {
        await tab.goto(`${url}/a/${'A'.repeat(32)}`);
        const help = await tab.locator('main p').first().boundingBox();
        const heading = await tab.locator('main h1').boundingBox();
        check(help.y - heading.y - heading.height < 40, `the help is at ${help.y}, the heading at ${heading.y}`);
    }, { size: PHONE, expect: ['404'] });

    await test('page room: no label leaves the map or covers its arrow', async (tab) => {
        await set('reset');
        await tab.route('**/api/v1/now', async (route) => {
            const response = await route.fetch();
            const now = await response.json();
            for (const school of now.schools) school.name = 'Dr. Martin Luther King, Jr. Elementary School of the Arts and Sciences';
            await route.fulfill({ json: now });
        });
        await signIn(tab, url, who);
        await tab.waitForSelector('.map-label');
        const boxes = await tab.$$eval('.map svg, .map-label, .map-scale:last-of-type', (all) => all.map((e) => e.getBoundingClientRect().toJSON()));
        const [map, ...rest] = boxes;
        const arrow = rest.pop();
        for (const b of rest) {
            check(b.left >= map.left && b.right <= map.right, `a label from ${b.left} to ${b.right}, the map from ${map.left} to ${map.right}`);
            check(b.right < arrow.left || b.top > arrow.bottom, 'a label covers the arrow');
        }
    });

    await test('Now says of a call without an alert of its own whether people were told', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        const words = await tab.locator('.group-held').innerText();
        // These times are hours from now. The page names the day of a time that is not today.
        check(/it waits for the digest (at|on .+,) \d\d:\d\d/.test(words), words);
        check(/Told (at|on .+,) \d\d:\d\d in a summary/.test(words), words);
        check(!/No rule alerts anybody/.test(words), words);
    });

    for (const [what, of] of [['when', '.when-ago'], ['since', '.since-ago']])
        await test(`paper does not say how long ago something was (${what})`, async (tab) => {
            await set('reset');
            await signIn(tab, url, who);
            await tab.locator(of).first().waitFor();
            await tab.emulateMedia({ media: 'print' });
            same(await tab.locator(`${of}:visible`).count(), 0, 'shown');
        });

    await test('on paper a call says its day, with the year, and the screen does not name today', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await settled(tab);
        const day = /(AM|PM|\d\d:\d\d) on \w{3} \d{1,2}, \d{4}/;
        const said = async (of) => (await tab.innerText(of)).replaceAll('\u00a0', ' ');
        check(!day.test(await said('h1')), await said('h1'));
        await tab.emulateMedia({ media: 'print' });
        check(day.test(await said('h1')), await said('h1'));
        check(/\w{3}, \w{3} \d{1,2}/.test(await said('.moment')), await said('.moment'));
    });

    await test('what one source says of one second is one moment of the timeline', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await tab.waitForSelector('.moment');
        const units = await tab.$$eval('.moment', (all) => all.map((m) => m.innerText).filter((t) => /Unit/.test(t)));
        same(units.length, 1, 'moments that tell of units');
        check(/Unit 2A11 .*\n+.*Unit 2A12 /s.test(units[0]), units[0]);
    });

    await test('the facts of a call name its agency as people do', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await tab.waitForSelector('.facts');
        const facts = await tab.innerText('.facts');
        check(/Units, as they were last told/.test(facts), 'units have a heading');
        check(/Lakeside Police/.test(facts) && !/lakeside-pd/.test(facts), facts);
    });

    await test('a list of the calls of one agency names it as people do', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, '/sign-in?next=/calls?agency=lakeside-pd');
        await total(tab);
        for (const one of ['.opening', '.question .choice-text >> nth=-1']) {
            const said = await tab.innerText(`.calls ${one}`);
            check(/from Lakeside Police$/.test(said.trim()) && !/lakeside-pd/.test(said), said);
        }
    });

    await test('the link in a message keeps who was told and who is next apart', async (tab) => {
        await set('reset');
        await tab.goto(url + ACK);
        await settled(tab);
        const lists = await tab.$$eval('.ack-told', (all) => all.map((s) => [s.querySelector('h2').textContent, s.querySelectorAll('li').length]));
        same(JSON.stringify(lists), JSON.stringify([['Told', 2], ['Next, until enough people have it', 1]]), 'headings');
        same((await tab.innerText('.ack-told .told-failed')).replace(/\s+/g, ' '), 'Ana Lind, assistant principal could not be sent', 'whom no message reached');
    }, { size: PHONE });

    await test('an address that is nothing is said in words, without signing in', async (tab) => {
        await tab.goto(`${url}/nonsense`);
        await tab.waitForSelector('text=There is no such page');
        same(new URL(tab.url()).pathname, '/nonsense', 'address');
        await audit(tab);
    });
}

async function moving(url, set) {
    await test('a new call shows by itself, is marked new, and is marked no more once seen', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        await tab.waitForSelector('.live-live');
        await settled(tab);
        const before = await tab.locator('[data-row]').count();
        const said = await tab.textContent('h1');
        await set('call');
        await until(async () => (await tab.locator('[data-row]').count()) === before + 1, 'one more row');
        check((await tab.textContent('h1')) !== said, 'the sentence moved');
        same(await tab.locator('.new').count(), 1, 'marks');
        check(/^\(1 new\)/.test(await tab.title()), `title: ${await tab.title()}`);
        await tab.mouse.move(300, 300);
        await tab.mouse.move(310, 320);
        await until(async () => (await tab.locator('.new').count()) === 0, 'the mark is gone after looking');
    });

    await test('a list of calls says that something changed, and does not move under the hand', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, '/sign-in?next=/calls');
        const count = await total(tab);
        await tab.waitForSelector('.live-live');
        await set('call');
        await tab.click('text=Something changed since');
        await until(async () => (await total(tab)) === count + 1, 'the count after reading again');
    });
}

async function failing(url, set) {
    await test('silence is said with the time of the last word, and ends by itself', async (tab) => {
        await set('reset');
        await tab.clock.install();
        await signIn(tab, url, who);
        await tab.waitForSelector('.live-live');
        await tab.waitForSelector('[data-row]');
        await set('silent');
        // A minute in steps, since an answer that is under way when the silence begins counts as a sign of life.
        for (let step = 0; step < 4; step += 1) {
            await tab.clock.fastForward(15_000);
            await tab.waitForTimeout(500);
        }
        await tab.waitForSelector('.banner-stale');
        check(/No word from Liaison since \d\d:\d\d:\d\d/.test(await tab.textContent('.banner-stale')), 'with the time');
        check((await tab.locator('[data-row]').count()) > 0, 'what was read stays');
        await audit(tab);
        await set('normal');
        await tab.clock.fastForward(12_000);
        await until(async () => (await tab.locator('.banner-stale').count()) === 0, 'the banner goes');
    }, { expect: ['503'] });

    await test('an agency that is cut off is named with the time of its last word', async (tab) => {
        await set('reset');
        await set('cut');
        await signIn(tab, url, who);
        await tab.waitForSelector('.banner-stale');
        check(/Nothing heard from .+ since/.test(await tab.textContent('.banner-stale')), await tab.textContent('.banner-stale'));
    });

    for (const size of [PHONE, DESK])
        await test(`alerts that do not go out are said above all else, ${size.width} px`, async (tab) => {
            await set('reset');
            await set('unsent');
            await signIn(tab, url, who);
            await tab.waitForSelector('.banner-stale');
            const said = await tab.textContent('.banner-stale');
            check(said.startsWith('Alerts by e-mail may not reach people: the e-mail provider is down and messages by e-mail were tried'), said);
            check(said.endsWith('Alerts by text message are not affected.'), said);
            await set('stopped');
            await tab.reload();
            await says(tab, '.banner-stale', 'Alerts may not reach people: the alert service does not run and webhook has no provider. Tell people', 'of all channels');
            await audit(tab);
            await noSideways(tab);
            await shot(tab, `unsent-${size.width}`);
            await set('normal');
        }, { size });

    await test('an agency whose last key was revoked is named so, and not waited for', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        await tab.waitForSelector('.agency-no_key');
        check(/Has no key any more/.test(await tab.innerText('.agency-no_key')), await tab.innerText('.agency-no_key'));
        same(await tab.locator('.banner-stale').count(), 0, 'no banner');
    });

    await test('a failure says what happened and tries again on request', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        await set('error');
        await tab.goto(`${url}/calls`);
        await tab.waitForSelector('.failure');
        await audit(tab);
        await set('normal');
        await tab.click('text=Try again');
        await total(tab);
    }, { expect: ['503'] });

    await test('while it loads, the shape of what comes is there', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        await set('slow');
        await tab.goto(`${url}/outcomes`);
        await tab.waitForSelector('.skeleton .bone');
        await audit(tab);
        await set('normal');
    });

    await test('an ended session asks to sign in and comes back to the same place', async (tab, context) => {
        await set('reset');
        await signIn(tab, url, who, '/sign-in?next=/outcomes');
        await settled(tab);
        await context.clearCookies();
        await tab.click('.head-links a:has-text("Calls")');
        await tab.waitForURL(/sign-in\?next=%2Fcalls/);
        await tab.waitForSelector('text=Your session has ended');
    }, { expect: ['401'] });
}

/* A person must no longer see data that they have lost the right to see. */
async function leaving(url, set) {
    const INVALID = 'This link has expired';
    const INSIDE = /Sam Ortiz|Dana Reyes|BLOCK OF/;
    const nothingLeft = async (tab) => {
        check(!INSIDE.test(await tab.innerText('body')), await tab.innerText('body'));
        await until(async () => (await tab.title()) === 'An alert · Liaison', 'a title that names no call');
        same(await tab.locator('button').count(), 0, 'buttons');
    };
    for (const [size, scheme] of [[PHONE, 'dark'], [DESK, 'light']]) {
        await test(`the press on a link that is not valid any more drops the call (${size.width} px)`, async (tab) => {
            await set('reset');
            await tab.goto(url + ACK);
            await says(tab, 'main', 'BLOCK OF', 'the link shows the call');
            await set('expired');
            await tab.click('button:has-text("I have this")');
            await tab.click('button:has-text("Yes, I have it")');
            await says(tab, 'main', INVALID, 'the page of an invalid link');
            await nothingLeft(tab);
            await audit(tab);
            await noSideways(tab);
        }, { size, scheme, expect: ['410'] });
    }

    await test('an answer from before does not bring back what a press found gone', async (tab) => {
        await set('reset');
        await tab.clock.install();
        await tab.goto(url + ACK);
        await says(tab, 'main', 'BLOCK OF', 'the link shows the call');
        const late = [];
        await tab.route('**/api/v1/ack/*', async (route) => {
            if (route.request().method() !== 'GET') return route.continue();
            late.push({ route, response: await route.fetch() }); // answered, but not yet delivered to the page
            return undefined;
        });
        await tab.clock.fastForward(20_000);
        await until(() => late.length > 0, 'the page looks again');
        await set('expired');
        await tab.click('button:has-text("I have this")');
        await tab.click('button:has-text("Yes, I have it")');
        await says(tab, 'main', INVALID, 'the page of an invalid link');
        const told = tab.waitForResponse('**/api/v1/ack/*');
        for (const { route, response } of late) await route.fulfill({ response });
        await told;
        await tab.evaluate(() => fetch('/api/v1/public/lakeside').then((r) => r.text())); // gives the page time to react
        await nothingLeft(tab);
    }, { expect: ['410'] });

    await test('an open link page finds out by itself that it is not valid any more', async (tab) => {
        await set('reset');
        await tab.clock.install();
        await tab.goto(url + ACK);
        await says(tab, 'main', 'BLOCK OF', 'the link shows the call');
        await set('expired');
        await tab.clock.fastForward(31_000);
        await says(tab, 'main', INVALID, 'the page of an invalid link');
        await nothingLeft(tab);
    }, { size: PHONE, expect: ['410'] });

    await test('a link page that is seen again looks at once', async (tab) => {
        await set('reset');
        await tab.clock.install();
        await tab.goto(url + ACK);
        await says(tab, 'main', 'BLOCK OF', 'the link shows the call');
        await set('expired');
        await tab.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        await says(tab, 'main', INVALID, 'the page of an invalid link');
        await nothingLeft(tab);
    }, { expect: ['410'] });

    await test('a link to a call that moved away asks for nothing', async (tab) => {
        await set('reset');
        await tab.clock.install();
        await tab.goto(url + ACK);
        await says(tab, 'main', 'Nobody has it yet', 'the link asks');
        await set('left');
        await tab.clock.fastForward(31_000);
        await says(tab, 'main', 'is not at this school. There is nothing to do.', 'the link says that it moved');
        same(await tab.locator('button').count(), 0, 'buttons');
        check(!/Nobody has it|enough people|unit/i.test(await tab.innerText('main')), await tab.innerText('main'));
        await audit(tab);
    }, { size: PHONE });

    await test('a call that moved away asks for nothing, and does not say that it has no unit', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await says(tab, 'h1', 'nobody has it yet', 'the call asks');
        await tab.waitForSelector('.live-live');
        await set('left');
        await says(tab, 'h1', 'no longer at a school', 'the call moved');
        same(await tab.locator('.act, .thumb-act, .stand').count(), 0, 'acts');
        const words = await tab.innerText('main');
        check(!/no unit|nobody has it|if nobody answers|enough people|not given\.|still open/i.test(words), words);
        await audit(tab);
        await tab.click('.head-links a:has-text("Now")');
        await tab.waitForSelector('#recent');
        same(await tab.locator('.row-nobody').count(), 0, 'calls that wait for somebody');
    });

    for (const [path, words] of [['/calls', 'Calls'], [FIRST, 'What happened when'], ['/outcomes', 'By school'], ['/', 'Earlier']]) {
        await test(`a session that ended takes ${path} from the screen and comes back to it`, async (tab) => {
            await set('reset');
            // A school user's page does not request reviews, so their refusal must not be what ends the session.
            await tab.route('**/api/v1/reviews', (route) => route.fulfill({ json: { as_of: new Date().toISOString(), open: 0, others: null, items: [] } }));
            await signIn(tab, url, who, `/sign-in?next=${path}`);
            await says(tab, 'main', words, 'the page has its data');
            await tab.waitForSelector('.live-live');
            await set('ended');
            await tab.waitForURL((to) => to.pathname === '/sign-in' && to.searchParams.get('next') === path);
            await says(tab, 'main', 'Your session has ended', 'the sign-in says why');
            same(await tab.evaluate(() => localStorage.length), 0, 'things kept in the browser');
            await tab.fill('#login', who.login);
            await tab.fill('#password', who.password);
            await tab.keyboard.press('Enter');
            await says(tab, 'main', words, 'the same page again');
        }, { expect: ['401'] });
    }

    await test('signing out in one tab takes the others along and leaves nothing behind', async (tab, context) => {
        await set('reset');
        await signIn(tab, url, who);
        await tab.waitForSelector('[data-row]');
        check((await tab.evaluate(() => localStorage.getItem('liaison.seen'))) !== null, 'what was seen is kept');
        const other = await context.newPage();
        await other.goto(`${url}/calls`);
        await total(other);
        await tab.click('.who summary');
        await tab.click('button:has-text("Sign out")');
        await tab.waitForURL(/sign-in$/);
        await other.waitForURL(/sign-in\?next=%2Fcalls/);
        for (const one of [tab, other]) {
            await until(async () => (await one.locator('[data-row]').count()) === 0, 'no call on the screen');
            same(await one.evaluate(() => localStorage.length), 0, 'things kept in the browser');
        }
    }, { expect: ['401'] });

    await test('who is locked out is told for how long', async (tab) => {
        await set('reset');
        await set('locked');
        await tab.goto(`${url}/sign-in`);
        await tab.fill('#login', who.login);
        await tab.keyboard.press('Enter');
        await tab.fill('#password', 'wrong');
        await tab.keyboard.press('Enter');
        await says(tab, '[role=alert]', 'Too many wrong passwords. Try again in about 10 minutes.', 'how long');
        await audit(tab);
        await noSideways(tab);
    }, { size: PHONE, expect: ['429'] });
}

async function empty(url, set) {
    for (const [size, scheme] of [[PHONE, 'light'], [DESK, 'dark']]) {
        await test(`empty pages say what that means (${size.width} px, ${scheme})`, async (tab) => {
            await set('reset');
            await signIn(tab, url, who);
            await set('empty');
            const words = { '/': 'No open call', '/calls': 'No such call', '/outcomes': 'Nothing to count', '/public/lakeside': 'No school year' };
            for (const [path, text] of Object.entries(words)) {
                await tab.goto(url + path);
                await tab.waitForSelector(`text=${text}`);
                const edges = await tab.$$eval('.empty', (all) => all.flatMap((e) => {
                    const { paddingTop, paddingRight, paddingBottom, paddingLeft } = getComputedStyle(e);
                    return [paddingTop, paddingRight, paddingBottom, paddingLeft].map(parseFloat);
                }));
                check(edges.every((space) => space >= 16), `${path}: its frame touches the words: ${edges}`);
                await audit(tab);
                await noSideways(tab);
                if (size === PHONE) await thumbs(tab);
            }
        }, { size, scheme });
    }
    for (const scheme of ['light', 'dark']) {
        await test(`a call that nobody has: axe-core finds nothing (${scheme})`, async (tab) => {
            await set('reset');
            await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
            await settled(tab);
            await audit(tab);
            await noSideways(tab);
        }, { size: PHONE, scheme });
    }
}

export async function states() {
    const { url, stop } = await serve({ page });
    const set = (state) => fetch(`${url}/__mock/${state}`, { method: 'POST' });
    await acts(url, set);
    await conversation(url, set);
    await standing(url, set);
    await paper(url, set);
    await links(url, set);
    await hours(url, set);
    await telling(url, set);
    await moving(url, set);
    await failing(url, set);
    await leaving(url, set);
    await empty(url, set);
    await review(url, set);
    await set('reset');
    if (process.env.MOCK) {
        const nudge = setInterval(() => void set('call'), 3_000);
        await pages({ url, who });
        clearInterval(nudge);
    }
    stop();
}
