// A headless Chromium that may ask nobody for anything, and the reports it opens.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const project = fileURLToPath(new URL('../..', import.meta.url));
const command = process.env.REDTAPE || join(project, 'target/debug/redtape');

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** Scans a log into a page of a folder of its own; `remove` takes both away again. */
export async function report(log, ...options) {
  const scan = ['scan', join(project, log), '--format', 'html', '--quiet', ...options];
  const { stdout } = await promisify(execFile)(command, scan, { maxBuffer: 1 << 28 });
  const folder = await mkdtemp(join(tmpdir(), 'redtape-browser-'));
  const file = join(folder, 'report.html');
  await writeFile(file, stdout);
  return { html: stdout, url: pathToFileURL(file).href, remove: () => rm(folder, { recursive: true }) };
}
