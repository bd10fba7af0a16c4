// The sentences that the page makes from codes and values, tested without a browser: its modules are bundled for Node.js.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { page, root, same, test } from './harness.mjs';

const built = join(page, '../web-src/');
const { buildSync } = createRequire(built)('esbuild');

async function load(...names) {
    const contents = names.map((name) => `export * from './${name}';`).join('\n');
    const made = buildSync({ stdin: { contents, resolveDir: join(built, 'src/lib') }, bundle: true, write: false, format: 'esm' });
    return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString('base64')}`);
}

const AT = '2026-11-23T17:12:04Z';
const school = (id, name) => ({ id, name });
const units = (...states) => states.map((status, i) => ({ id: `U${i}`, role: null, status, at: null }));
const fight = (more) => ({
    type: { own: 'F1', code: 'FIGHT', name: 'Fight' }, class: 'violence', schools: [school(1, 'North High')], units: [], alert: null, ...more,
});

function present(more) {
    return { as_of: AT, open_calls: more.open?.length ?? 0, open_schools: 1, quiet_since: null, agencies: [], open: [], recent: [],
             schools: [school(1, 'North High'), school(2, 'South Middle')], ...more };
}

export async function words() {
    const { sentence, timelineText, setServerTime, heldSays, hold } = await load('present', 'timeline', 'clock', 'words');
    setServerTime('2026-11-23T20:00:00Z');
    const says = (more, wanted, mine = null) => same(sentence(present(more), mine), wanted, 'the sentence');

    await test('words: nothing open is quiet since the last call', async () => {
        const quiet_since = '2026-11-23T07:50:00Z';
        says({ quiet_since }, 'Quiet: nothing open at your 2 schools since 07:50.');
        says({ quiet_since: '2026-11-22T07:50:00Z' }, 'Quiet: nothing open at your 2 schools since Sun, Nov 22, 07:50.');
        says({}, 'Quiet: nothing open at your 2 schools.');
        says({ schools: [school(1, 'North High')] }, 'Quiet: nothing open at North High.');
        says({ schools: [school(1, 'Main St.')] }, 'Quiet: nothing open at Main St.');
        says({ schools: [] }, 'No school is set up yet.');
    });

    await test('words: one call is told with its units and who has it', async () => {
        const has = (wanting, ...names) => ({ state: wanting ? 'alerted' : 'acknowledged', wanting, holders: names.map((name) => ({ name })) });
        const alert = has(1);
        const held = has(0, 'Ana Ruiz');
        const one = (more, wanted) => says({ open: [fight({ status: 'open', ...more })] }, `Fight reported at North High, ${wanted}.`);
        one({ units: units('en_route', 'dispatched'), alert }, 'one unit on the way, one sent, not yet acknowledged');
        one({ alert: has(2, 'Ana Ruiz') }, 'no unit assigned yet, Ana Ruiz has it, 2\u00a0more people are asked');
        one({ alert: has(0, 'Ana Ruiz', 'Bea Vice', 'Cy Dean') }, 'no unit assigned yet, Ana Ruiz, Bea Vice and Cy Dean have it');
        one({ units: units('en_route', 'on_scene'), alert: held }, 'one unit on scene, one on the way, Ana Ruiz has it');
        one({ units: units(...Array(12).fill('on_scene')), alert: held }, '12 units on scene, Ana Ruiz has it');
        one({ units: units(null) }, 'no unit assigned yet');
        one({ units: units('clear', 'clear') }, 'the units are clear again');
        one({ units: units('dispatched') }, 'one unit sent');
        one({ units: units('dispatched', 'on_scene', 'en_route', 'dispatched') }, 'one unit on scene, one on the way, two sent');
        says({ open: [fight({ schools: [] })] }, 'Fight reported, no unit assigned yet.');
        says({ open: [fight({ type: { own: 'F1', code: null, name: null } })] }, 'Violence reported at North High, no unit assigned yet.');
        const both = fight({ schools: [school(2, 'South Middle'), school(1, 'North High')] });
        says({ open: [both] }, 'Fight reported at North High, no unit assigned yet.', [1]);
        const uncertain = fight({ schools: [{ ...school(1, 'North High'), relation: 'uncertain' }] });
        says({ open: [uncertain] }, 'Fight reported, possibly at North High, no unit assigned yet.');
    });

    await test('words: a call without a common type has one name on every page', async () => {
        const { lineOf, linkCall, what, whatWhere } = await load('alarm', 'words', 'clock').then((m) => (m.setServerTime(AT), m));
        const odd = fight({ type: { own: 'ODD', code: null, name: null }, class: 'other', sensitivity: 'open' });
        says({ open: [odd] }, 'Other police call reported at North High, no unit assigned yet.');
        same(what(odd), 'Other police call', 'a row');
        same(whatWhere({ ...odd, schools: [{ name: 'North High', relation: 'at' }] }), 'Other police call at North High', 'its page');
        const link = (name) => linkCall({ calls: null, what: name, school: 'North High' });
        same(link(''), 'Other police call at North High', 'a link');
        same(link(null), 'Police call at North High', 'a link that may not name it');
        same(what({ ...odd, sensitivity: 'restricted' }), 'Police call', 'a restricted call');
        same(what({ ...odd, class: 'violence' }), 'Violence', 'a call of a class');
        const finding = { check: 'nobody', call: true, school: 'North High', at: AT, class: 'other', type: null };
        same(lineOf(finding).what, 'Nobody could be told of a call: other police call at North High, 17:12.', 'an alarm');
    });

    await test('words: several calls begin with their number', async () => {
        const open = [fight({ units: units('on_scene', 'on_scene') })];
        says({ open, open_calls: 3, open_schools: 2 }, '3 calls open at 2 schools. Most urgent: Fight reported at North High, two units on scene.');
        says({ open, open_calls: 3 }, '3 calls open. Most urgent: Fight reported at North High, two units on scene.');
    });

    await test('words: an agency that fell silent is named', async () => {
        const metro = { name: 'Metro Police', state: 'cut_off', last_heard_at: '2026-11-23T08:10:00Z' };
        const quiet = 'Quiet: nothing open at your 2 schools.';
        says({ agencies: [metro, { ...metro, state: 'quiet' }] }, `${quiet} Not heard from Metro Police since 08:10.`);
        says({ agencies: [metro, metro] }, `${quiet} 2 agencies are not heard from.`);
    });

    await test('words: a call without an alert of its own says whether people were told of it', async () => {
        const at = '2026-11-23T16:00:00Z';
        const lines = [
            [{ why: 'budget' }, 'Nobody was told of it yet: many alerts went out at the school, and it waits for a summary or its turn.'],
            [{ why: 'budget', told_at: at }, 'Told at 16:00 in a summary, together with other calls.'],
            [{ why: 'digest' }, 'Nobody was told of it yet: it waits for the next digest.'],
            [{ why: 'digest', due_at: '2026-11-24T16:00:00Z' }, 'Nobody was told of it yet: it waits for the digest on Tue, Nov 24, 16:00.'],
            [{ why: 'digest', told_at: at }, 'Told at 16:00 in a digest, together with other calls.'],
            [{ why: 'folded' }, 'It has no alert of its own: another agency’s alert is about it too.'],
        ];
        for (const [one, wanted] of lines) same(heldSays({ told_at: null, due_at: null, ...one }), wanted, one.why);
        const states = [null, { why: 'budget' }].map((waits) => hold(fight({ status: 'open', held: waits })));
        same(states.join(), 'untold,held', 'the state');
    });

    await test('words: an alarm says what its messages say', async () => {
        const { lineOf, say } = await load('alarm', 'clock', 'say').then((m) => (m.setServerTime(AT), m));
        const item = (finding) => {
            const { what, times, means, act } = lineOf(finding);
            const more = [means && say('alarm.explain.means', { text: means }), act && say('alarm.explain.do', { text: act })];
            return [`- ${[what, times].filter(Boolean).join(' ')}`, ...more.filter(Boolean).map((text) => `  ${text}`)].join('\n');
        };
        const onDay = (time) => time && `${AT.slice(0, 10)}T${time}:00Z`;
        const examples = JSON.parse(readFileSync(join(root, 'tests/unit/fixtures/alarm_lines.json'), 'utf8'));
        for (const { name, finding: f, says: wanted } of examples)
            same(item({ ...f, at: onDay(f.at), since: onDay(f.since), ended: onDay(f.ended) }), wanted, name);
        const call = examples.find((e) => e.finding.check === 'nobody').finding;
        const restricted = { ...call, at: AT, since: AT, class: null, type: null };
        same(lineOf(restricted).what, 'Nobody could be told of a call: police call at North High, 17:12.', 'a restricted call');
        same(lineOf({ ...restricted, class: 'weapon' }).what, 'Nobody could be told of a call: weapon reported at North High, 17:12.', 'by its class');
        same(item({ ...restricted, check: 'newer', call: false }), '- newer. Since 17:12.', 'a check of a newer schema');
    });

    await test('words: each kind of the timeline has its line', async () => {
        const message = { kind: 'sent', channel: 'email', message: 'first', to: { name: 'Ana Ruiz', role: 'safety_director' } };
        const said = (kind) => ({ kind, by: 'Ana Ruiz', role: 'principal', to: null, text: null, late: false });
        const own = { own: '9', code: null, name: null };
        const lines = [
            [{ kind: 'received', via: null }, 'Call received'],
            [{ kind: 'received', via: '911' }, 'Call received by 911'],
            [{ kind: 'received', via: 'officer' }, 'Reported to an officer'],
            [{ kind: 'dispatched', unit: null }, 'First unit sent'],
            [{ kind: 'en_route', unit: 'A1' }, 'Unit A1 on the way'],
            [{ kind: 'clear', unit: 'A1' }, 'Unit A1 clear again'],
            [{ kind: 'unit', unit: 'A1' }, 'Unit A1 assigned'],
            [{ kind: 'cleared' }, 'Last unit left'],
            [{ kind: 'closed' }, 'Closed by the agency'],
            [{ kind: 'retyped', was: 'Fight', became: 'OWN-9' }, 'Retyped: was Fight, is OWN-9'],
            [{ kind: 'classified', was: 'Fight', became: 'Weapon' }, 'Reported as Fight, classified as Weapon'],
            [{ kind: 'moved', was: '1 ELM ST', became: null }, 'Place corrected: was 1 ELM ST, is another place'],
            [{ kind: 'located' }, 'Place told more exactly'],
            [{ kind: 'disposition', ...own }, 'Disposition: 9'],
            [{ kind: 'disposition', ...own, name: 'Arrest' }, 'Disposition: Arrest'],
            [{ kind: 'outcome', subject: 2, ...own, voided: false }, 'Outcome for subject 2: 9'],
            [{ kind: 'outcome', subject: 2, ...own, voided: true }, 'Outcome for subject 2: 9 (withdrawn later)'],
            [{ kind: 'place_asked' }, 'The words leave the place open: the district was asked'],
            [{ kind: 'place_uncertain' }, 'Nobody said in time: told with the place uncertain'],
            [{ kind: 'placed', by: 'Dana', answer: 'at', school: 'North High' }, 'Dana said: at North High'],
            [{ kind: 'placed', by: 'Dana', answer: 'at', school: null }, 'Dana said: at a school'],
            [{ kind: 'placed', by: 'Dana', answer: 'at_none', school: null }, 'Dana said: at none of the schools'],
            [{ kind: 'placed', by: 'Dana', answer: 'at_another', school: null }, 'Dana said: at another school'],
            [{ kind: 'alerted', school: 'North High' }, 'Alert raised for North High'],
            [{ kind: 'alerted', school: null }, 'Alert raised for a school'],
            [message, 'E-mail to Ana Ruiz (safety director) sent'],
            [{ ...message, kind: 'unknown', channel: 'sms', message: 'closed' }, 'Text message (that it is over) to Ana Ruiz (safety director) sent, arrival unknown'],
            [{ ...message, kind: 'failed', message: 'correction', to: null }, 'E-mail (correction) to a contact failed'],
            [said('acknowledged'), 'Ana Ruiz (principal) has it'],
            [{ ...said('acknowledged'), role: null, late: true }, 'Ana Ruiz has it (late)'],
            [said('undone'), 'Ana Ruiz (principal) gave it back'],
            [{ ...said('handed_over'), to: { name: 'Bea Vice', role: 'principal' } }, 'Ana Ruiz (principal) handed it to Bea Vice'],
            [{ ...said('comment'), text: 'Doors are locked.' }, 'Ana Ruiz (principal): “Doors are locked.”'],
        ];
        for (const [entry, wanted] of lines) same(timelineText({ at: AT, source: 'dispatch', ...entry }), wanted, entry.kind);
    });
}
