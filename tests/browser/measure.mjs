// How large a report is and how long it takes to open: medians of seven openings, each in a fresh context.

import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { launch } from './browser.mjs';

const file = process.argv[2];
const browser = await launch();
const runs = [];
for (let run = 0; run < 7; run += 1) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  runs.push(
    await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation');
      return {
        paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
        ready: navigation.domContentLoadedEventEnd,
        load: navigation.loadEventEnd,
        elements: document.querySelectorAll('*').length,
        accounts: document.querySelectorAll('details.account').length,
        charts: document.querySelectorAll('svg').length,
      };
    }),
  );
  await context.close();
}
await browser.close();
const median = (of) => Math.round(runs.map(of).sort((a, b) => a - b)[3]);
const { size } = await stat(file);
const { accounts, charts, elements } = runs[0];
console.log(`${(size / 1e6).toFixed(2)} MB, ${accounts} accounts, ${charts} charts, ${elements} elements`);
console.log(`first paint ${median((it) => it.paint)} ms, DOM ready ${median((it) => it.ready)} ms, load ${median((it) => it.load)} ms`);
