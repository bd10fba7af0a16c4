// To place: the page where a person says where a call is.
import { audit, check, DESK, noSideways, PHONE, same, says, settled, shot, signIn, test, thumbs, until } from './harness.mjs';

const who = { login: 'director', password: 'director' };
const TO = '/sign-in?next=/review';

async function open(tab, url) {
    await signIn(tab, url, who, TO);
    await settled(tab);
    await tab.waitForSelector('.ask');
}

export async function review(url, set) {
    const decided = () => fetch(`${url}/__mock/decided`, { method: 'POST' }).then((r) => r.json());
    for (const [name, size] of [['on a phone', PHONE], ['on a desk', DESK]])
        for (const scheme of ['light', 'dark']) {
            await test(`to place ${name}, ${scheme}: axe-core finds nothing, thumbs find all`, async (tab) => {
                await set('reset');
                await open(tab, url);
                await audit(tab);
                await noSideways(tab);
                if (size === PHONE) await thumbs(tab);
                await shot(tab, `review-${size.width}-${scheme}`);
            }, { size, scheme });
        }

    await test('to place: the words, what they may mean and the time that is left are said', async (tab) => {
        await set('reset');
        await open(tab, url);
        const text = await tab.locator('.ask').first().innerText();
        check(/BUS STOP BY/.test(text), 'the words as the agency wrote them');
        check(/\d+ seconds left\. Then the alert goes with the place uncertain\./.test(text.replace(/\u00a0/g, ' ')), text);
        check(/4.calls wait for your word/.test(await tab.innerText('h1')), 'how many');
        same(await tab.locator('.head-links .count').innerText(), '4', 'the count beside the link');
        check(/Nobody said in time/.test(await tab.locator('.ask').nth(3).innerText()), 'what went out as uncertain');
    });

    await test('to place: one press says at which school, and the next question has the place', async (tab) => {
        await set('reset');
        await open(tab, url);
        const first = tab.locator('.ask').first();
        const key = await first.getAttribute('data-ask');
        await first.locator('.button-act').click();
        await until(async () => (await tab.locator(`[data-ask="${key}"]`).count()) === 0, 'the question is gone');
        check(/^Noted: at /.test(await tab.locator('.ask-said').innerText()), 'it says what was noted');
        same(await tab.evaluate(() => document.activeElement?.tagName), 'H1', 'the focus');
        const [answer] = await decided();
        check(answer.school > 0 && answer.remember === false, JSON.stringify(answer));
    });

    await test('to place: by keyboard alone, at none, and remembered', async (tab) => {
        await set('reset');
        await open(tab, url);
        await tab.keyboard.press('c');
        await tab.waitForURL(`${url}/calls`);
        await tab.keyboard.press('p');
        await tab.waitForURL(`${url}/review`);
        await tab.waitForSelector('.ask');
        await tab.keyboard.press('j');
        const first = tab.locator('.ask').first();
        check(await first.evaluate((e) => e.contains(document.activeElement)), 'j goes to the first question');
        await tab.locator('.ask').first().locator('input[type=checkbox]').focus();
        await tab.keyboard.press('Space');
        await first.locator('button:has-text("At none")').focus();
        await tab.keyboard.press('Enter');
        await until(async () => (await decided()).length === 1, 'the answer is noted');
        const [answer] = await decided();
        same(JSON.stringify([answer.school, answer.remember]), '[null,true]', 'the answer');
    });

    await test('to place: a remembered answer settles the others with the same words, and says how many', async (tab) => {
        await set('reset');
        await open(tab, url);
        const same_words = tab.locator('.ask:has-text("APARTMENTS")');
        same(await same_words.count(), 2, 'two calls wait with these words');
        await same_words.first().locator('input[type=checkbox]').check();
        await same_words.first().locator('button:has-text("At none")').click();
        await until(async () => (await same_words.count()) === 0, 'both are gone');
        same((await tab.locator('.ask-said').innerText()).replace(/\u00a0/g, ' '),
            'Noted: at none of your schools, and 1 other with the same words, and so from now on.', 'what is said');
    });

    await test('to place: a school that the words do not name can be chosen', async (tab) => {
        await set('reset');
        await open(tab, url);
        const first = tab.locator('.ask').first();
        const option = await first.locator('select option').nth(3).innerText();
        await first.locator('select').selectOption({ index: 3 });
        await first.locator(`.ask-other button`).click();
        await says(tab, '.ask-said', option, 'it says which school');
        same((await decided()).length, 1, 'answers noted');
    });

    await test('to place: an answer that fails is said, and can be pressed again', async (tab) => {
        await set('reset');
        await open(tab, url);
        await set('error');
        await tab.locator('.ask').first().locator('.button-act').click();
        await tab.waitForSelector('.ask .said-wrong');
        await set('normal');
        await tab.locator('.ask').first().locator('.button-act').click();
        await until(async () => (await decided()).length === 1, 'the second press is noted');
    }, { expect: ['503'] });

    await test('to place: nothing waits is said, and what would come', async (tab) => {
        await set('empty');
        await signIn(tab, url, who, TO);
        await tab.waitForSelector('text=No call waits to be placed');
        check(/NEAR NORTH HIGH/.test(await tab.innerText('.empty')), 'such words');
        check(/then the alert goes/i.test(await tab.innerText('.empty')), 'and what becomes of them');
        await audit(tab);
    });
}
