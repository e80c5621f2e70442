// npm install @bytecodealliance/jco-transpile@0.15.0; node example.mjs redtape.wasm
import { transpile, writeFiles } from '@bytecodealliance/jco-transpile';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';

const folder = await mkdtemp(`${tmpdir()}/redtape-`);
const options = { name: 'redtape', outDir: folder, instantiation: 'async', noComponentErrorWrapping: false };
await writeFiles((await transpile(process.argv[2], options)).files);
await writeFile(`${folder}/package.json`, '{"type":"module"}');
const { instantiate } = await import(`file://${folder}/redtape.js`);
const core = async (name) => WebAssembly.compile(await readFile(`${folder}/${name}`));
const log = (level, target, message) => console.error(level, target, message);
const instance = await instantiate(core, { 'redtape:crm/logging': { log } });
const detector = instance['redtape:crm/detector@0.1.0'];
if (!detector) throw new Error('a component of another contract');

detector.configure('{"signals": {"meeting-count": {"warning": 3, "critical": 6}}}');
const meeting = { account: 'acme', kind: 'meeting', duration_min: 60 };
const days = ['04', '06', '08', '11', '13', '15'];
const lines = days.map((day) => JSON.stringify({ id: `m-${day}`, at: `2026-05-${day}T09:00:00Z`, ...meeting }));
try {
  const intake = detector.observeNdjson(lines.join('\n'));
  console.log(`accepted ${intake.accepted}, problems ${intake.problems.length}`);
  const { alerts } = detector.advance(BigInt(Date.parse('2026-05-25')));
  for (const alert of alerts) console.log(`${alert.severity} ${alert.account} ${alert.signal}: ${alert.summary}`);
} catch (error) {
  if (!error.payload) throw error;
  console.error('refused:', error.payload.tag, error.payload.val);
}
