// What people say of an alert: who has it, who gives it back or hands it over, comments.
import { audit, check, noSideways, PHONE, same, settled, signIn, test, total } from './harness.mjs';

const who = { login: 'director', password: 'director' };
const FIRST = '/calls/lakeside-pd/P2026-900001';
const ACK = '/a/token-token-token-token';

export async function conversation(url, set) {
    const take = async (tab) => {
        await set('reset');
        await tab.goto(url + ACK);
        await settled(tab);
        await tab.click('button:has-text("I have this")');
        await tab.click('button:has-text("Yes, I have it")');
        await tab.waitForSelector('.ack-held:has-text("Sam Ortiz has it")');
    };

    await test('who has an alert gives it back on the page behind the link', async (tab) => {
        await take(tab);
        await tab.click('button:has-text("Give it back")');
        await tab.waitForSelector('text=as if nobody had taken it');
        await audit(tab);
        await tab.click('.said-form button:has-text("Give it back")');
        await tab.waitForSelector('text=Nobody has it yet');
        check(/Sam Ortiz \(principal\) gave it back/.test(await tab.innerText('.said-log')), await tab.innerText('.said-log'));
    }, { size: PHONE });

    await test('an alert is handed to a person who is chosen, and not before', async (tab) => {
        await take(tab);
        await tab.click('button:has-text("Hand it over")');
        const button = tab.locator('.said-form button[type=submit]');
        check(await button.isDisabled(), 'nobody is chosen yet');
        await tab.selectOption('#said-to', { label: 'Lee Park (assistant principal)' });
        await audit(tab);
        await button.click();
        await tab.waitForSelector('text=handed it to Lee Park');
        await tab.waitForSelector('text=Nobody has it yet');
        await noSideways(tab);
    }, { size: PHONE });

    await test('a comment is counted, refused in words, and shown as text', async (tab) => {
        await take(tab);
        await tab.click('button:has-text("Comment")');
        await tab.fill('#said-text', 'x'.repeat(281));
        check(await tab.locator('.said-form button[type=submit]').isDisabled(), 'too long');
        check(/1 characters too many/.test(await tab.innerText('#said-left')), await tab.innerText('#said-left'));
        await tab.fill('#said-text', 'DOB 1/2/2010');
        await tab.click('.said-form button[type=submit]');
        await tab.waitForSelector('[role=alert]:has-text("Not noted: text must not tell")');
        same(await tab.inputValue('#said-text'), 'DOB 1/2/2010', 'what was written stays');
        await tab.fill('#said-text', '<b>Doors</b> are locked.');
        await audit(tab);
        await tab.click('.said-form button[type=submit]');
        await tab.waitForSelector('.said-text');
        same(await tab.innerText('.said-text'), '<b>Doors</b> are locked.', 'as it was written');
        await noSideways(tab);
    }, { size: PHONE, expect: ['400'] });

    await test('a text that shows nothing is no comment, no login and no search', async (tab) => {
        await take(tab);
        await tab.click('button:has-text("Comment")');
        const button = tab.locator('.said-form button[type=submit]');
        const points = [0x20, 0xa0, 0xad, 0x34f, 0x2003, 0x200b, 0x2060, 0x2800, 0x3164, 0xfe0f, 0xfeff, 0xe0020];
        for (const point of points) {
            await tab.fill('#said-text', String.fromCodePoint(point, point));
            check(await button.isDisabled(), `a comment of U+${point.toString(16)} alone`);
            await tab.fill('#said-text', `${String.fromCodePoint(point)}é`);
            check(await button.isEnabled(), `a comment that begins with U+${point.toString(16)}`);
        }
        await tab.goto(`${url}/sign-in`);
        await tab.fill('#login', '\u200b\u3164');
        await tab.keyboard.press('Enter');
        same((await tab.innerText('.signin button')).trim(), 'Continue', 'the login is asked for');
        await signIn(tab, url, who, '/sign-in?next=/calls');
        const all = await total(tab);
        await tab.fill('#search', '\u200b');
        await tab.keyboard.press('Enter');
        await tab.waitForTimeout(600); // longer than the search waits for the next key
        same(new URL(tab.url()).search, '', 'a search for nothing');
        same(await total(tab), all, 'calls');
    }, { expect: ['401'] });

    await test('the page of a call shows who has it, and takes an acknowledgement back', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, `/sign-in?next=${FIRST}`);
        await tab.waitForSelector('.alerts');
        check(/Nobody has said anything yet/.test(await tab.innerText('.alerts')), await tab.innerText('.alerts'));
        const [rule, words] = await tab.$$eval('.alerts h2, .alerts .quiet', ([h2, p]) => {
            const text = document.createRange();
            text.selectNodeContents(p);
            return [h2.getBoundingClientRect().bottom, text.getBoundingClientRect().top];
        });
        check(words - rule >= 8, `the words stand ${words - rule} pixels below the line`);
        await tab.click('button:has-text("I have this")');
        await tab.waitForSelector('.alerts:has-text("Dana Reyes has it")');
        await audit(tab);
        await tab.click('.alerts button:has-text("Give it back")');
        await tab.click('.said-form button[type=submit]');
        await tab.waitForSelector('.alerts:has-text("Dana Reyes gave it back")');
        await tab.waitForSelector('.stand-nobody');
        const line = await tab.innerText('.timeline');
        check(/\d\d:\d\d:\d\d\s+Person\s+Dana Reyes has it\s[^]*Dana Reyes gave it back/.test(line), line);
    });
}
