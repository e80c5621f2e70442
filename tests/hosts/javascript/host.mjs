// A host in JavaScript: loads the component through jco, converts activities, and replays a log.

import { transpile, writeFiles } from '@bytecodealliance/jco-transpile';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const DETECTOR = 'redtape:crm/detector@0.1.0';
const DAY_MS = 86_400_000n;
const WEEK_MS = 7n * DAY_MS;
/** 1970-01-05, a Monday. */
const MONDAY_MS = 4n * DAY_MS;
const LATENESS_MS = 7n * DAY_MS;

/** The component's file, or an error that says where it comes from. */
export function componentFile() {
  const byDefault = fileURLToPath(new URL('../../../target/component/redtape.wasm', import.meta.url));
  const file = process.env.REDTAPE_COMPONENT_FILE || byDefault;
  if (!existsSync(file)) {
    throw new Error(
      `no component at \`${file}\`: run \`cargo build\` in the project first, ` +
        'or name a ready component in REDTAPE_COMPONENT_FILE',
    );
  }
  return file;
}

/** Turns the component into JavaScript, once; `detector` makes any number of instances of it. */
export async function load(file) {
  const folder = await mkdtemp(join(tmpdir(), 'redtape-'));
  const { files, imports, exports } = await transpile(file, {
    outDir: folder,
    name: 'redtape',
    instantiation: 'async',
    wasiShim: false,
    emitTypescriptDeclarations: false,
    noComponentErrorWrapping: false,
  });
  await writeFiles(files);
  // Node takes a `.js` file for CommonJS unless a package says otherwise.
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const source = await readFile(join(folder, 'redtape.js'), 'utf8');
  const { instantiate } = await import(pathToFileURL(join(folder, 'redtape.js')));
  const compiled = new Map();
  const core = async (name) => {
    if (!compiled.has(name)) compiled.set(name, WebAssembly.compile(await readFile(join(folder, name))));
    return compiled.get(name);
  };
  return {
    folder,
    imports,
    exports: exports.map(([name]) => name),
    source,
    instantiate: (given) => instantiate(core, given),
    /** A fresh instance; every message goes to `log(level, target, message)`. */
    async detector(log = () => {}) {
      // jco asks for its imports without their version.
      const instance = await instantiate(core, { 'redtape:crm/logging': { log } });
      return instance[DETECTOR];
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** RFC 3339 to the contract's milliseconds; undefined where it is no time. */
export function instant(text) {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : BigInt(ms);
}

function rfc3339(ms) {
  return new Date(Number(ms)).toISOString().replace('.000Z', 'Z');
}

const participant = (it) => {
  if (typeof it === 'string') return { id: it, side: 'unknown' };
  return { id: it?.id ?? '', side: it?.side ?? 'unknown' };
};

function happening(line) {
  switch (line.kind) {
    case 'meeting': {
      const end = line.end && Math.round((Date.parse(line.end) - Date.parse(line.at)) / 60_000);
      return {
        durationMin: end ?? line.duration_min ?? undefined,
        participants: (line.participants ?? []).map(participant),
        series: line.series ?? '',
        title: line.title ?? '',
        mandatory: line.mandatory ?? undefined,
        status: line.status ?? 'held',
        allDay: line.all_day ?? false,
      };
    }
    case 'plan-version':
      return {
        plan: line.plan,
        version: line.version ?? undefined,
        author: line.author ?? '',
        decided: line.decided ?? false,
      };
    case 'approval-step':
      return {
        request: line.request,
        step: line.step ?? undefined,
        from: participant(line.from),
        to: participant(line.to),
        outcome: line.outcome,
      };
    case 'rule-change':
      return { rule: line.rule, change: line.change, what: line.what };
    case 'exchange':
      return { thread: line.thread ?? '', direction: line.direction };
    case 'profile':
      return { tier: line.tier ?? '', service: line.service ?? 'unknown', tags: line.tags ?? [] };
    case 'retraction':
      return line.of;
    default:
      throw new Error(`unknown kind \`${line.kind}\``);
  }
}

/** One activity of the text form as a typed record. */
export function typed(line) {
  return {
    id: line.id,
    at: instant(line.at),
    account: line.account,
    revised: line.revised ? instant(line.revised) : undefined,
    happening: { tag: line.kind, val: happening(line) },
  };
}

/** An alert in the form of a fixture's `expected.json`: the same keys in the same order. */
export function written(alert) {
  return {
    id: alert.id,
    account: alert.account,
    signal: alert.signal,
    cause: alert.cause,
    subject: alert.subject,
    state: alert.state,
    severity: alert.severity,
    opened: rfc3339(alert.opened),
    since: rfc3339(alert.since),
    at: rfc3339(alert.at),
    value: alert.value,
    expected: alert.expected ?? null,
    threshold: alert.threshold ?? null,
    unit: alert.unit,
    confidence: alert.confidence ?? null,
    resolution: alert.resolution,
    evidence: alert.evidence,
    evidence_total: alert.evidenceTotal,
    summary: alert.summary,
    suggestion: alert.suggestion,
  };
}

/** Moves time, as often as it takes where an answer is full. */
export function advance(detector, to) {
  const alerts = [];
  for (;;) {
    const progress = detector.advance(to);
    alerts.push(...progress.alerts);
    if (progress.reached >= to) return alerts;
  }
}

/**
 * Replays a log as `redtape scan` does, in UTC and with a lateness of 7 days: `observe(lines)` takes some lines in, and
 * before the first line of a new day time moves from midnight to midnight, up to the one that began the day.
 */
export function replay(detector, log, observe) {
  const alerts = [];
  let [batch, dayEnd, now, newest] = [[], undefined, undefined, undefined];
  const flush = () => {
    if (batch.length === 0) return undefined;
    const taken = observe(batch).newest;
    if (taken !== undefined && (newest === undefined || taken > newest)) newest = taken;
    batch = [];
    return taken;
  };
  const endDays = (before) => {
    for (; dayEnd !== undefined && dayEnd <= before; dayEnd += DAY_MS) {
      alerts.push(...advance(detector, dayEnd));
      now = dayEnd;
    }
  };
  for (const line of log.split('\n').filter((line) => line.trim() !== '')) {
    const at = instant(JSON.parse(line).at);
    if (dayEnd === undefined || at >= dayEnd) {
      flush();
      const start = at - (((at % DAY_MS) + DAY_MS) % DAY_MS);
      endDays(start);
      if (now === undefined) {
        now = start;
        alerts.push(...advance(detector, now));
      }
      dayEnd = start + DAY_MS;
    }
    batch.push(line);
  }
  flush();
  const monday = newest - ((((newest - MONDAY_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS);
  const end = [monday + LATENESS_MS, newest, now].reduce((a, b) => (a > b ? a : b));
  endDays(end);
  alerts.push(...advance(detector, end));
  return alerts;
}
