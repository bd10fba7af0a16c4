// Times of day, as the district writes them: 19:03 or 7:03 PM.
import { check, DESK, noSideways, PHONE, settled, shot, signIn, TABLET, test } from './harness.mjs';

/* Puts the widest time into each place of a time, and tells which of them reach out of their column. */
async function overWide(tab, hours24) {
    return tab.evaluate((is24) => {
        const widest = is24 ? ['22:59', '22:59:59'] : ['12:59\u00a0PM', '12:59:59\u00a0PM'];
        return [...document.querySelectorAll('.when-time')].filter((time) => {
            time.textContent = widest[Number(time.closest('.moment') !== null)];
            const column = time.closest('.moment > *, .row > *, td') ?? time.parentElement;
            const room = document.createRange();
            room.selectNodeContents(time);
            const [text, box] = [room.getBoundingClientRect(), column.getBoundingClientRect()];
            return room.getClientRects().length > 1 || text.right > box.right + 1 || text.left < box.left - 1;
        }).map((time) => time.outerHTML);
    }, hours24);
}

export async function hours(url, set) {
    const forms = { true: /\b\d\d:\d\d\b/, false: /\b\d{1,2}:\d\d(:\d\d)?\s[AP]M\b/ };
    const paths = { now: '/', calls: '/calls', call: '/calls/lakeside-pd/P2026-900001', link: '/a/token-token-token-token', alarm: '/c/alarm-many-many-token', drill: '/c/drill-drill-drill-token' };

    for (const hours24 of [true, false])
        for (const size of [PHONE, TABLET, DESK])
            await test(`every page writes times by the clock of the district: ${hours24 ? '19:03' : '7:03 PM'} (${size.width} px)`, async (tab) => {
                await set('reset');
                if (!hours24) await set('hours12');
                await signIn(tab, url, { login: 'director', password: 'director' });
                for (const [name, path] of Object.entries(paths)) {
                    await tab.goto(url + path);
                    await settled(tab);
                    await tab.waitForSelector('.alarm-lines, .ack-top, .figures, .moment, [data-total]');
                    const text = await tab.innerText('main');
                    check(forms[hours24].test(text), `${name} has such times: ${text.slice(0, 400)}`);
                    check(hours24 ? !/\d\s?[AP]M\b/.test(text) : !/\d:\d\d(?!:?\d*\s[AP]M)/.test(text), `${name} has no others: ${text.match(/.*\d:\d\d(?!:?\d*\s[AP]M).*/g)}`);
                    await noSideways(tab);
                    const over = await overWide(tab, hours24);
                    check(over.length === 0, `${name}: ${over.length} do not fit: ${over[0]}`);
                    await noSideways(tab);
                    await shot(tab, `hours${hours24 ? 24 : 12}-${name}-${size.width}`, size !== PHONE || name === 'call');
                }
            }, { size });
}
