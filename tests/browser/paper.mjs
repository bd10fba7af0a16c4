// What pages look like on paper: no control, nothing that only the screen needs, nothing left out without a word.
import { check, DESK, PHONE, same, settled, shot, signIn, test } from './harness.mjs';

const who = { login: 'director', password: 'director' };
const ACK = '/a/token-token-token-token';
const SHEET = { width: 794, height: 1123 };
const PRINTED = /Printed \w{3}, \w{3} \d+, \d\d:\d\d/;

/* Shows a page as it prints on A4, for a moment. */
export async function printed(tab, size, look) {
    await tab.emulateMedia({ media: 'print' });
    await tab.setViewportSize(SHEET);
    await look();
    await tab.setViewportSize(size);
    await tab.emulateMedia({ media: 'screen' });
}

const noButton = async (tab) => same(await tab.locator('.button:visible').count(), 0, 'buttons on paper');

export async function paper(url, set) {
    await test('Now on paper says when it was printed and what is going on, and counts the quiet schools', async (tab) => {
        await set('reset');
        await signIn(tab, url, who);
        await tab.waitForSelector('.row-nobody');
        const table = tab.locator('#quiet table');
        await printed(tab, DESK, async () => {
            same(await table.isVisible(), false, 'the table of quiet schools');
            same((await tab.innerText('#quiet')).replace(/\s+/g, ' ').trim(), '44 schools are quiet', 'the count');
            check(PRINTED.test(await tab.innerText('.head')), await tab.innerText('.head'));
            same(await tab.locator('.row-nobody').evaluate((e) => getComputedStyle(e).borderLeft), '10px solid rgb(0, 0, 0)', 'the frame of a call that nobody has');
            same(await tab.locator('main button:visible, main svg.map:visible').count(), 0, 'what can be pressed');
            await shot(tab, 'now-print');
        });
        await tab.click('#quiet summary');
        await printed(tab, DESK, async () => check(await table.isVisible(), 'a table that was opened is printed'));
    });

    await test('the page behind a link says on paper who has the call, right below who was told', async (tab) => {
        await set('reset');
        await tab.goto(url + ACK);
        await settled(tab);
        const below = (one) => tab.evaluate((of) => {
            const [above, stands] = ['.ack-top', of].map((e) => document.querySelector(e).getBoundingClientRect());
            return stands.top - above.bottom;
        }, one);
        await printed(tab, PHONE, async () => {
            check(await tab.locator('text=Nobody has it yet.').isVisible(), 'nobody has it');
            check(PRINTED.test(await tab.innerText('main')), await tab.innerText('main'));
            check((await below('.ack-stands')) < 60, `${await below('.ack-stands')} pixels below`);
            await noButton(tab);
            await shot(tab, 'link-print');
        });
        await tab.click('button:has-text("I have this")');
        await tab.click('button:has-text("Yes, I have it")');
        await tab.waitForSelector('.ack-held');
        await printed(tab, PHONE, async () => {
            check(await tab.locator('.ack-held').isVisible(), 'somebody has it');
            check((await below('.ack-held')) < 60, `${await below('.ack-held')} pixels below`);
        });
    }, { size: PHONE });

    await test('Outcomes on paper prints no table that is closed, and says where a list is cut', async (tab) => {
        await set('reset');
        await signIn(tab, url, who, '/sign-in?next=/outcomes');
        await tab.waitForSelector('#by-school tbody tr');
        await printed(tab, DESK, async () => {
            same(await tab.locator('.as-table:visible').count(), 0, 'closed tables');
            check(/The first 12 of 48\./.test(await tab.innerText('#by-school')), await tab.innerText('#by-school'));
            await noButton(tab);
            await shot(tab, 'outcomes-print');
        });
        await tab.click('#by-school button');
        await tab.click('summary:has-text("By month, as a table")');
        await printed(tab, DESK, async () => {
            same(await tab.locator('.as-table:visible').count(), 1, 'the table that was opened');
            same(await tab.locator('#by-school tbody tr').count(), 48, 'schools');
            check(!/The first/.test(await tab.innerText('#by-school')), 'a whole list says nothing');
        });
    });
}
