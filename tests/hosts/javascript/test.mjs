// The contract from JavaScript: every function, every error a host can meet, and fixtures with the same alerts.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { advance, componentFile, DETECTOR, instant, load, replay, typed, written } from './host.mjs';

/** Fixtures without a policy of their own; `REDTAPE_FIXTURES` names another folder of them. */
const FIXTURES = [
  'fitcorp',
  'a-step-is-found-in-every-signal',
  'everybody-gets-a-second-approval',
  'a-firing-mean-with-nothing-more-to-measure-is-gone',
  'a-late-line-for-a-closed-week-changes-nothing',
  'a-meeting-moved-by-revised-counts-in-its-new-week',
  'an-offset-does-not-move-a-meeting-to-another-week',
  'eight-meetings-turn-critical-and-calm-down-to-warning',
  'four-meetings-a-week-stay-quiet',
  'retracted-meetings-do-not-count',
  'seven-open-requests-make-five-alerts',
  'twelve-plan-versions-are-critical-until-decided',
];
/** Errors that no call of this plugin gives: a fault of its own cannot be ordered. */
const UNREACHABLE = ['internal'];
/** A header of a format to come; the checksum is right. */
const NEWER = '{"checksum":"f96cc1a40842a591","version":999,"writer":"9.9.9"}\n';

const fixtures = process.env.REDTAPE_FIXTURES || fileURLToPath(new URL('../../../fixtures', import.meta.url));
const wit = (file) => readFile(new URL(`../../../wit/${file}`, import.meta.url), 'utf8');
const [called, refusals] = [new Set(), new Set()];
let component;

before(async () => {
  component = await load(componentFile());
});
after(() => component?.remove());

/** A fresh instance that takes down which functions were called; `policy` null: not configured. */
async function fresh(policy = '{}', log = undefined) {
  const detector = await component.detector(log);
  const watched = new Proxy(detector, {
    get(target, name) {
      called.add(name);
      return target[name];
    },
  });
  if (policy !== null) watched.configure(policy);
  return watched;
}

/** The error a call is refused with. */
function refusal(call) {
  try {
    call();
  } catch (error) {
    if (!error.payload?.tag) throw error;
    refusals.add(error.payload.tag);
    return error.payload;
  }
  return assert.fail('the call was not refused');
}

const text = (...activities) => activities.map((activity) => JSON.stringify(activity)).join('\n');

/** `count` meetings in the week of `monday`, one a day from its Monday on, then again. */
function meetings(monday, count, account = 'acme') {
  return Array.from({ length: count }, (_, i) => ({
    id: `m-${monday}-${i}`,
    at: new Date(Date.parse(`${monday}T09:00:00Z`) + (i % 5) * 86_400_000 + i * 60_000).toISOString(),
    account,
    kind: 'meeting',
    duration_min: 30,
    participants: ['kam', { id: 'buyer', side: 'customer' }],
  }));
}

/** All kinds with all fields, in both forms. */
const at = '2026-01-05T10:00:00+02:00';
const SAMPLES = [
  [
    {
      id: 'a1', at, account: 'acme', revised: '2026-01-06T00:00:00Z', kind: 'meeting', duration_min: 45,
      participants: [{ id: 'u1', side: 'internal' }, { id: 'u2', side: 'contractor' }, 'u3'],
      series: 's1', title: 'Zürich', mandatory: true, status: 'planned', all_day: false,
    },
    {
      id: 'a1', at: 1_767_600_000_000n, account: 'acme', revised: 1_767_657_600_000n,
      happening: {
        tag: 'meeting',
        val: {
          durationMin: 45,
          participants: [
            { id: 'u1', side: 'internal' }, { id: 'u2', side: 'contractor' }, { id: 'u3', side: 'unknown' },
          ],
          series: 's1', title: 'Zürich', mandatory: true, status: 'planned', allDay: false,
        },
      },
    },
  ],
  [
    { id: 'a2', at, account: 'acme', kind: 'plan-version', plan: 'p1', version: 3, author: 'u1', decided: true },
    {
      id: 'a2', at: 1_767_600_000_000n, account: 'acme',
      happening: { tag: 'plan-version', val: { plan: 'p1', version: 3, author: 'u1', decided: true } },
    },
  ],
  [
    {
      id: 'a3', at, account: 'acme', kind: 'approval-step', request: 'r1', step: 2, from: null,
      to: { id: 'u2', side: 'customer' }, outcome: 'forwarded',
    },
    {
      id: 'a3', at: 1_767_600_000_000n, account: 'acme',
      happening: {
        tag: 'approval-step',
        val: {
          request: 'r1', step: 2, from: { id: '', side: 'unknown' }, to: { id: 'u2', side: 'customer' },
          outcome: 'forwarded',
        },
      },
    },
  ],
  [
    { id: 'a4', at, account: 'acme', kind: 'rule-change', rule: 'x1', change: 'added', what: 'approval-stage' },
    {
      id: 'a4', at: 1_767_600_000_000n, account: 'acme',
      happening: { tag: 'rule-change', val: { rule: 'x1', change: 'added', what: 'approval-stage' } },
    },
  ],
  [
    { id: 'a5', at, account: 'acme', kind: 'exchange', thread: 't1', direction: 'from-customer' },
    {
      id: 'a5', at: 1_767_600_000_000n, account: 'acme',
      happening: { tag: 'exchange', val: { thread: 't1', direction: 'from-customer' } },
    },
  ],
  [
    { id: 'a6', at, account: 'bolt', kind: 'profile', tier: 'key', service: 'outsourced', tags: ['x', 'y'] },
    {
      id: 'a6', at: 1_767_600_000_000n, account: 'bolt',
      happening: { tag: 'profile', val: { tier: 'key', service: 'outsourced', tags: ['x', 'y'] } },
    },
  ],
  [
    { id: 'a7', at, account: 'acme', kind: 'retraction', of: 'a5' },
    { id: 'a7', at: 1_767_600_000_000n, account: 'acme', happening: { tag: 'retraction', val: 'a5' } },
  ],
];

test('the component needs nothing but logging', async () => {
  assert.deepEqual(component.imports, ['redtape:crm/logging']);
  assert.ok(component.exports.includes(DETECTOR), `the exports are ${component.exports}`);
  assert.doesNotMatch(component.source, /wasi:|preview2-shim|^import /m);
  const asked = [];
  const given = new Proxy({}, {
    get(_, name) {
      asked.push(name);
      return { log: () => {} };
    },
  });
  await component.instantiate(given);
  assert.deepEqual([...new Set(asked)], ['redtape:crm/logging']);
});

test('a fresh instance says who it is and where it stands', async () => {
  const detector = await fresh(null);
  const info = detector.info();
  assert.equal(info.name, 'redtape');
  assert.equal(DETECTOR, info.contract.replace('@', '/detector@'));
  const names = info.signals.map((signal) => signal.name);
  assert.deepEqual(names, ['meeting-count', 'meeting-hours', 'plan-versions', 'approval-hops', 'approval-days', 'creep']);
  assert.ok(info.signals.every((signal) => signal.unit !== '' && signal.doc.includes('What it finds')));
  assert.equal(JSON.parse(detector.policySchema()).$schema, 'https://json-schema.org/draft/2020-12/schema');
  const standing = detector.status();
  const nothing = { now: undefined, accounts: 0, openActivities: 0, openAlerts: 0, series: [], dropped: [] };
  assert.deepEqual(standing, nothing);
  assert.deepEqual(detector.accounts('', 10), []);
});

test('the policy is told as it holds for an account', async () => {
  const detector = await fresh(
    '{"rises": {"level": "sure"}, "override": [{"match": {"tier": "key"}, "signals": {"meeting-count": {"critical": 9}}}]}',
  );
  const told = (account, tier) => {
    const { matched, settings } = detector.policyFor(account, { tier, service: 'in-house', tags: ['eu'] });
    const of = (key) => settings.find(({ field }) => field === `/signals/meeting-count/${key}`);
    return [matched, ...['warning', 'critical', 'rise_level'].map((key) => [of(key).value, of(key).source])];
  };
  const override = '/override/0/signals/meeting-count/critical';
  assert.deepEqual(told('acme', 'key'), [0, ['5', ''], ['9', override], ['"sure"', '/rises/level']]);
  assert.deepEqual(told('acme', 'other'), [undefined, ['5', ''], ['8', ''], ['"sure"', '/rises/level']]);
  assert.deepEqual(detector.accounts('', 10), [], 'nothing is kept');
});

test('both doors take every kind alike', async () => {
  const [byRecord, byLine, byConversion] = [await fresh(), await fresh(), await fresh()];
  for (const [line, record] of SAMPLES) {
    for (const [detector, intake] of [
      [byRecord, byRecord.observe([record])],
      [byLine, byLine.observeNdjson(text(line))],
      [byConversion, byConversion.observe([typed(line)])],
    ]) {
      assert.deepEqual([intake.accepted, intake.problems], [1, []], line.kind);
      assert.equal(intake.newest, 1_767_600_000_000n);
      assert.ok(detector.status().openActivities > 0);
    }
  }
  assert.equal(byRecord.snapshot([]), byLine.snapshot([]));
  assert.equal(byRecord.snapshot([]), byConversion.snapshot([]));
  assert.deepEqual(byLine.accounts('', 10), ['acme', 'bolt']);
  assert.deepEqual(byLine.accounts('acme', 1), ['bolt']);
  assert.deepEqual(byLine.accounts('', 0), []);
});

test('what cannot be taken is told by line and field', async () => {
  const logged = [];
  const detector = await fresh('{}', (...message) => logged.push(message));
  const [good] = meetings('2026-01-05', 1);
  const lines = [`${text(good)}\r`, '', 'nonsense', text({ ...good, id: 'x', at: 'yesterday' }), text(good), ''];
  const intake = detector.observeNdjson(lines.join('\n'));
  assert.deepEqual([intake.accepted, intake.duplicate, intake.rejected], [1, 1, 2]);
  assert.deepEqual(intake.problems.map(({ line, field }) => [line, field]), [[3, ''], [4, '/at']]);
  assert.equal(intake.problems[1].found, '"yesterday"');
  assert.match(intake.problems[1].expected, /RFC 3339/);
  const reserved = detector.observe([typed({ ...good, account: '*' })]).problems;
  assert.deepEqual(reserved.map(({ line, field }) => [line, field]), [[1, '/account']]);
  assert.equal(detector.observeNdjson(text({ ...good, duration_min: 31 })).replaced, 1);
  detector.advance(instant('2026-01-19T00:00:00Z'));
  assert.equal(detector.observeNdjson(text(...meetings('2026-01-05', 2))).late, 2);
  assert.equal(detector.observeNdjson(text({ ...good, id: 'y', at: '2027-12-01T00:00:00Z' })).dropped, 1);
  assert.deepEqual(detector.status().dropped, [{ rule: 'late', count: 2n }, { rule: 'too-far-ahead', count: 1n }]);
  assert.ok(logged.length > 0);
  for (const [level, target, message] of logged) {
    assert.ok(['error', 'warn', 'info', 'debug'].includes(level) && target.startsWith('redtape_engine'));
    assert.doesNotMatch(message, /acme|kam|buyer|yesterday|m-2026/);
  }
});

test('an alert is pending, fires, turns critical and resolves', async () => {
  const detector = await fresh();
  const counts = { '2026-01-05': 5, '2026-01-12': 5, '2026-01-19': 8, '2026-01-26': 8 };
  for (const [monday, count] of Object.entries(counts)) detector.observeNdjson(text(...meetings(monday, count)));
  assert.deepEqual(advance(detector, instant('2026-01-19T00:00:00Z')), []);
  const [pending] = detector.openAlerts(['acme']);
  assert.deepEqual([pending.state, pending.signal, pending.value], ['pending', 'meeting-count', 5]);
  const told = advance(detector, instant('2026-03-23T00:00:00Z')).filter((alert) => alert.signal === 'meeting-count');
  assert.deepEqual(told.map(({ state, severity, at }) => [state, severity, at]), [
    ['firing', 'warning', instant('2026-01-26T00:00:00Z')],
    ['firing', 'critical', instant('2026-02-09T00:00:00Z')],
    ['resolved', 'critical', instant('2026-03-09T00:00:00Z')],
  ]);
  assert.ok(told.every((alert) => alert.id === pending.id && alert.opened === pending.opened));
  assert.deepEqual(told.map((alert) => alert.resolution), ['', '', 'back']);
  assert.deepEqual([told[1].evidence.length, told[1].evidenceTotal, told[1].threshold], [20, 26, 8]);
  assert.deepEqual([told[1].expected, told[1].confidence], [undefined, undefined]);
  assert.deepEqual(detector.openAlerts([]), []);
  const history = detector.history('acme', 'meeting-count');
  assert.deepEqual(history.slice(0, 5).map((point) => point.value), [5, 5, 8, 8, 0]);
  assert.equal(history[0].week, instant('2026-01-05T00:00:00Z'));
  assert.deepEqual([history[0].watch, history[9].watch], ['warming-up', 'watching']);
  assert.deepEqual([history[0].threshold, history[0].companyFactor, history[0].score], [5, 1, undefined]);
});

test('the same instant again is allowed, and feedback is taken of open alerts only', async () => {
  const detector = await fresh('{"signals": {"meeting-count": {"for": "1w", "keep_firing_for": "1w"}}}');
  detector.observe(meetings('2026-01-05', 6).map(typed));
  const to = instant('2026-01-19T00:00:00Z');
  // One shard agrees with itself: its own numbers are the sums.
  let rounds = 0;
  for (let said = detector.agree(to, new BigInt64Array()); said.length > 0; said = detector.agree(to, said)) rounds++;
  assert.ok(rounds > 1, `${rounds} rounds`);
  const progress = detector.advance(to);
  assert.deepEqual([progress.reached, progress.weeksClosed, progress.counted], [to, 1, 6n]);
  const [alert] = progress.alerts;
  assert.deepEqual(detector.advance(to).alerts, []);
  for (const verdict of ['accepted', 'not-creep', 'acted']) {
    assert.equal(detector.feedback(alert.id, verdict).id, alert.id);
  }
  assert.equal(detector.status().openAlerts, 1);
  advance(detector, instant('2026-02-02T00:00:00Z'));
  assert.deepEqual(refusal(() => detector.feedback(alert.id, 'acted')), { tag: 'unknown-alert', val: alert.id });
});

test('every error is typed and leaves the instance usable', async () => {
  const bare = await fresh(null);
  for (const call of [
    () => bare.observe([]),
    () => bare.observeNdjson(''),
    () => bare.advance(0n),
    () => bare.agree(0n, new BigInt64Array()),
    () => bare.openAlerts([]),
    () => bare.history('acme', 'meeting-count'),
    () => bare.policyFor('acme', { tier: '', service: 'unknown', tags: [] }),
    () => bare.feedback('0', 'acted'),
    () => bare.snapshot([]),
    () => bare.forget([]),
  ]) {
    assert.equal(refusal(call).tag, 'not-configured');
  }
  const wrong = '{"time_zone": "Mars", "signals": {"meeting-count": {"warning": "5"}}, "x": 1}';
  const policy = refusal(() => bare.configure(wrong));
  const fields = policy.val.map((problem) => problem.field).sort();
  assert.deepEqual(fields, ['/signals/meeting-count/warning', '/time_zone', '/x']);
  assert.ok(policy.val.every((problem) => problem.line === 0 && problem.found !== '' && problem.expected !== ''));
  assert.deepEqual(refusal(() => bare.configure(' '.repeat(2 ** 20 + 1))), { tag: 'too-large', val: 2 ** 20 });

  const detector = await fresh();
  detector.observeNdjson(text(...meetings('2026-01-05', 2)));
  const now = instant('2026-01-06T00:00:00Z');
  detector.advance(now);
  const state = detector.snapshot([]);
  const cases = [
    [() => detector.advance(now - 1n), { tag: 'time-went-back', val: now }],
    [() => detector.agree(now - 1n, new BigInt64Array()), { tag: 'time-went-back', val: now }],
    [() => detector.advance(7_258_118_400_000n), { tag: 'time-out-of-range', val: 7_258_118_400_000n }],
    [() => detector.advance(-2_208_988_800_001n), { tag: 'time-out-of-range', val: -2_208_988_800_001n }],
    [() => detector.observeNdjson('\n'.repeat(100_001)), { tag: 'too-large', val: 100_000 }],
    [() => detector.observeNdjson(' '.repeat(2 ** 24 + 1)), { tag: 'too-large', val: 2 ** 24 }],
    [() => detector.openAlerts(['acme', 'nobody']), { tag: 'unknown-account', val: 'nobody' }],
    [() => detector.snapshot(['nobody']), { tag: 'unknown-account', val: 'nobody' }],
    [() => detector.history('nobody', 'meeting-count'), { tag: 'unknown-account', val: 'nobody' }],
    [() => detector.history('acme', 'creep-o-meter'), { tag: 'unknown-signal', val: 'creep-o-meter' }],
    [() => detector.feedback('0000000000000000', 'acted'), { tag: 'unknown-alert', val: '0000000000000000' }],
    [() => detector.restore(''), { tag: 'snapshot-damaged' }],
    [() => detector.restore(state.replace('acme', 'acmf')), { tag: 'snapshot-damaged' }],
    [() => detector.restore(NEWER), { tag: 'snapshot-newer', val: '9.9.9' }],
  ];
  for (const [call, expected] of cases) {
    const { tag, val } = refusal(call);
    assert.deepEqual({ tag, val }, { val: undefined, ...expected });
  }
  const records = Array.from({ length: 100_001 }, () => typed(meetings('2026-01-05', 1)[0]));
  assert.deepEqual(refusal(() => detector.observe(records)).tag, 'too-large');
  assert.equal(refusal(() => detector.agree(now, new BigInt64Array(2))).tag, 'disagreement');
  assert.match(refusal(() => detector.restore(state)).val, /acme/);
  const other = await fresh('{"time_zone": "Asia/Tokyo"}');
  const conflict = refusal(() => other.restore(state));
  assert.equal(conflict.tag, 'snapshot-conflict');
  assert.match(conflict.val, /UTC.*Asia\/Tokyo/);
  assert.equal(detector.snapshot([]), state, 'a refused call changes nothing');
});

test('snapshot and restore have the same future, also account by account', async () => {
  const lines = text(...meetings('2026-01-05', 6), ...meetings('2026-01-05', 7, 'bolt'));
  const rest = text(...meetings('2026-01-12', 6), ...meetings('2026-01-12', 7, 'bolt'));
  const first = await fresh();
  first.observeNdjson(lines);
  first.advance(instant('2026-01-20T00:00:00Z'));
  const whole = first.snapshot([]);
  assert.equal(whole.split('\n').length, 4, 'a header, two accounts, and the end of the last line');
  const [restored, north] = [await fresh(null), await fresh()];
  restored.restore(whole);
  north.restore(first.snapshot(['bolt']));
  north.restore(first.snapshot(['acme']));
  assert.equal(restored.snapshot([]), whole);
  const future = (detector) => {
    detector.observeNdjson(rest);
    return advance(detector, instant('2026-04-01T00:00:00Z')).map(written);
  };
  const expected = future(first);
  assert.ok(expected.length >= 4);
  assert.deepEqual(future(restored), expected);
  assert.deepEqual(future(north), expected);
  assert.equal(first.forget(['acme', 'nobody']), 1);
  assert.deepEqual(first.accounts('', 10), ['bolt']);
});

test('after a trap a new instance goes on from the last snapshot', async () => {
  const lines = text(...meetings('2026-01-05', 6), ...meetings('2026-01-12', 6));
  let broken = false;
  const detector = await fresh('{}', () => {
    if (broken) throw new Error('the log is full');
  });
  const saved = detector.snapshot([]);
  detector.observeNdjson(lines);
  broken = true;
  assert.throws(() => detector.configure('{}'), /the log is full/);
  broken = false;
  assert.throws(() => detector.status(), WebAssembly.RuntimeError);
  const next = await fresh(null);
  next.restore(saved);
  next.observeNdjson(lines);
  assert.equal(advance(next, instant('2026-02-02T00:00:00Z')).length, 1);
});

for (const name of FIXTURES) {
  test(`fixture ${name}`, async () => {
    const log = await readFile(`${fixtures}/${name}/activities.ndjson`, 'utf8');
    const report = JSON.parse(await readFile(`${fixtures}/${name}/expected.json`, 'utf8'));
    const doors = {
      text: (detector) => (lines) => detector.observeNdjson(lines.join('\n')),
      records: (detector) => (lines) => detector.observe(lines.map((line) => typed(JSON.parse(line)))),
    };
    for (const [door, observe] of Object.entries(doors)) {
      const detector = await fresh();
      const alerts = replay(detector, log, observe(detector)).map(written);
      assert.deepEqual(alerts, report.alerts, door);
      // Equal objects may still differ in the order of their keys.
      assert.equal(JSON.stringify(alerts), JSON.stringify(report.alerts), door);
      assert.deepEqual(detector.openAlerts([]).map(written), report.open, door);
    }
  });
}

test("the guide's example is the one here, and runs", async () => {
  const example = fileURLToPath(new URL('example.mjs', import.meta.url));
  assert.ok((await wit('README.md')).includes(`\`\`\`js\n${await readFile(example, 'utf8')}\`\`\``));
  const env = { ...process.env, TMPDIR: component.folder };
  const { stdout } = await promisify(execFile)(process.execPath, [example, resolve(componentFile())], { env });
  assert.match(stdout, /^accepted 6, problems 0\nwarning acme meeting-count: 3 meetings in the week of 11 May 2026/);
});

test('nothing of the contract was left out', async () => {
  const functions = [...(await wit('detector.wit')).matchAll(/^ {2}([a-z-]+): func/gm)].map(([, name]) => name);
  const camel = functions.map((name) => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()));
  assert.equal(camel.length, 16);
  assert.deepEqual(camel.filter((name) => !called.has(name)), []);
  const [, variant] = /variant error \{([^]*?)\n {2}\}/.exec(await wit('types.wit'));
  const cases = [...variant.matchAll(/^ {4}([a-z-]+)/gm)].map(([, name]) => name);
  assert.deepEqual(cases.filter((name) => !refusals.has(name) && !UNREACHABLE.includes(name)), []);
});
