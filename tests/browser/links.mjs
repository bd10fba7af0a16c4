// What is behind the links in messages about alarms, drills and summaries.
import { audit, check, DESK, noSideways, PHONE, same, settled, shot, TABLET, test, thumbs, until } from './harness.mjs';

export async function links(url, set) {
    const state = (tab, token) => tab.evaluate((t) => fetch(`/api/v1/confirm/${t}`).then((r) => r.json()).then((a) => a.confirmed_by), token);

    for (const [kind, first, after] of [['drill', 'I got this', 'You confirmed it'], ['alarm', 'I have this', 'Sam Ortiz has it']]) {
        await test(`the link of ${kind === 'drill' ? 'a drill' : 'an alarm'} is confirmed in two steps, and not by looking`, async (tab) => {
            await set('reset');
            const token = `${kind}-${kind}-${kind}-token`;
            await tab.goto(`${url}/c/${token}`);
            await settled(tab);
            await audit(tab);
            same(await state(tab, token), null, 'after a look');
            await tab.click(`button:has-text("${first}")`);
            same(await state(tab, token), null, 'after one click');
            await tab.click('button:has-text("Yes, confirm")');
            await tab.waitForSelector(`text=${after}`);
            if (kind === 'drill') check(/You confirmed it at \d\d:\d\d\./.test(await tab.innerText('.ack-held')), await tab.innerText('.ack-held'));
            same(await state(tab, token), 'Sam Ortiz', 'after both');
            await noSideways(tab);
        }, { size: PHONE });
    }

    for (const size of [PHONE, TABLET, DESK])
        for (const scheme of ['light', 'dark'])
            await test(`the link of an alarm says what is wrong and what to do, in reach of its button (${size.width} px, ${scheme})`, async (tab) => {
                await set('reset');
                await tab.goto(`${url}/c/alarm-many-many-token`);
                await settled(tab);
                same(await tab.innerText('h1'), '12 problems need attention.', 'the sentence');
                same(await tab.locator('.alarm-lines li').count(), 15, 'findings');
                const first = await tab.innerText('.alarm-lines li:first-child');
                check(/^The alert service has stopped\.\s+Since .+What it means: .+What to do: Have IT/s.test(first), first);
                check(/you may not see which one/.test(await tab.innerText('.alarm-lines')), 'a call that is hidden');
                check(/^Over: .+lasted from/s.test(await tab.innerText('.alarm-lines li:last-child')), 'what has ended stands last');
                await audit(tab);
                await noSideways(tab);
                if (size === PHONE) await thumbs(tab);
                await shot(tab, `alarm-many-${size.width}-${scheme}`, false);
                const box = await tab.locator('button:has-text("I have this")').boundingBox();
                check(box.y > 0 && box.y + box.height <= size.height, `the button lies at ${box.y}, ${box.height} high`);
                await tab.emulateMedia({ media: 'print' });
                same(await tab.locator('.ack-act').isVisible(), false, 'what can be pressed, on paper');
                await shot(tab, `alarm-many-${size.width}-${scheme}-print`);
            }, { size, scheme });

    await test('the page of an alarm sees by itself that it is over', async (tab) => {
        await set('reset');
        await tab.goto(`${url}/c/alarm-alarm-alarm-token`);
        await settled(tab);
        same(await tab.innerText('h1'), '2 problems need attention.', 'the sentence');
        await set('recovered');
        await tab.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        await until(async () => /This alarm is over/.test(await tab.innerText('h1')), 'the sentence moves');
        await set('normal');
    });

    await test('the link of an alarm that is over asks for nothing', async (tab) => {
        await set('reset');
        await tab.goto(`${url}/c/alarm-over-over-token`);
        await settled(tab);
        check(/This alarm is over/.test(await tab.innerText('h1')), await tab.innerText('h1'));
        same(await tab.locator('.alarm-lines .over').count(), 2, 'what has ended');
        same(await tab.locator('button').count(), 0, 'buttons');
        await audit(tab);
        await shot(tab, 'alarm-over-390-light');
    }, { size: PHONE });

    await test('the link of a drill says what is asked', async (tab) => {
        await set('reset');
        await tab.goto(`${url}/c/drill-drill-drill-token`);
        await settled(tab);
        check(/looks like one about a police call at .+ that it reached you/s.test(await tab.innerText('main')), await tab.innerText('main'));
        await shot(tab, 'drill-390-light');
    }, { size: PHONE });

    await test('the link of a summary lists its calls, and hides what may not be told', async (tab) => {
        await set('reset');
        await tab.goto(`${url}/a/storm-storm-storm-token`);
        await settled(tab);
        same(await tab.locator('.ack-told:has-text("The calls") li').count(), 6, 'calls');
        check(/Police call/i.test(await tab.innerText('.ack-told:has-text("The calls")')), 'a call that is not told by its type');
        await tab.waitForSelector('text=These are the latest; there are more');
        await tab.emulateMedia({ media: 'print' });
        same(await tab.locator('.said-acts').isVisible(), false, 'what can be pressed, on paper');
        await tab.emulateMedia({ media: 'screen' });
        await audit(tab);
        await noSideways(tab);
    }, { size: PHONE });

    for (const [call, words] of [['open', 'Nobody needs to take it.'], ['closed', 'It is over. Nobody needs to take it.']])
        await test(`the link of a summary that asks nothing says whether it is over (${call})`, async (tab) => {
            await set('reset');
            await tab.route('**/api/v1/ack/storm-storm-storm-token', async (route) => {
                const answer = await route.fetch();
                await route.fulfill({ response: answer, json: { ...(await answer.json()), call, state: 'closed', acknowledged_by: null } });
            });
            await tab.goto(`${url}/a/storm-storm-storm-token`);
            await settled(tab);
            same((await tab.innerText('.ack-held')).trim(), words);
            await shot(tab, `summary-${call}-390-light`);
            await tab.emulateMedia({ colorScheme: 'dark' });
            await tab.setViewportSize(DESK);
            await shot(tab, `summary-${call}-1440-dark`);
            await tab.emulateMedia({ media: 'print', colorScheme: 'light' });
            await shot(tab, `summary-${call}-print`);
        }, { size: PHONE });
}
