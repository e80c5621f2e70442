// The HTML report as people open it: on a desk and on a phone, by day and by night, with a keyboard, on paper.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, report } from './browser.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core');
const FITCORP = 'fixtures/fitcorp/activities.ndjson';
const VIEWS = [
  { name: 'desk by day', width: 1280, height: 860, colorScheme: 'light' },
  { name: 'desk by night', width: 1280, height: 860, colorScheme: 'dark' },
  { name: 'phone by day', width: 360, height: 800, colorScheme: 'light' },
  { name: 'phone by night', width: 360, height: 800, colorScheme: 'dark' },
];

let browser;
let reports;

before(async () => {
  browser = await launch();
  // In December alerts of every kind are open; in June two are left, and much has ended. The last has nothing to tell, and lines
  // that are not taken.
  reports = {
    december: await report(FITCORP, '--as-of', '2024-12-31'),
    june: await report(FITCORP),
    bad: await report('fixtures/bad-lines/activities.ndjson'),
  };
});
after(async () => {
  await browser?.close();
  for (const it of Object.values(reports ?? {})) await it.remove();
});

/** Opens a report; what it says on the console and whom it asks is taken down. */
async function open(which, { width, height, ...options }, look = async () => {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  const told = [];
  page.on('console', (message) => told.push(message.text()));
  page.on('pageerror', (error) => told.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== reports[which].url) told.push(`asked for ${request.url()}`);
  });
  await page.goto(reports[which].url);
  await look(page);
  await context.close();
  return told;
}

/** Unfolds all, and lays out also what is far below, which a browser does once somebody looks at it. */
async function unfold(page) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((it) => (it.open = true)));
  await page.addStyleTag({ content: '.account { content-visibility: visible !important }' });
}

for (const { name, ...view } of VIEWS) {
  for (const which of ['december', 'june', 'bad']) {
    test(`${which}, ${name}: nothing is asked for, nothing overflows, and axe-core has no serious finding`, async () => {
      const told = await open(which, view, async (page) => {
        await unfold(page);
        const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= room, `${content} wide in ${room}`);
        // Evaluated from outside: the page itself would not let it in.
        await page.evaluate(await readFile(axe, 'utf8'));
        const { violations, passes } = await page.evaluate(() => window.axe.run(document));
        const contrast = passes.find((it) => it.id === 'color-contrast');
        assert.ok(contrast?.nodes.length > 20, 'the contrast of the texts was judged');
        const serious = violations.filter((it) => ['serious', 'critical'].includes(it.impact));
        const found = serious.map((it) => `${it.id}: ${it.help} ${it.nodes.map((node) => node.html).slice(0, 3)}`);
        assert.deepEqual(found, []);
      });
      assert.deepEqual(told, []);
    });
  }
}

test('every open alert has a chart that is drawn, with an onset, and words for it', async () => {
  for (const { name, ...view } of VIEWS) {
    await open('december', view, async (page) => {
      await unfold(page);
      const alerts = await page.$$eval('.alert', (all) =>
        all.map((alert) => {
          const box = (what) => alert.querySelector(`svg .${what}`)?.getBoundingClientRect();
          const [value, onset, plot] = [box('value'), box('onset'), alert.querySelector('svg').getBoundingClientRect()];
          const label = alert.querySelector('.marks b').getBoundingClientRect();
          return {
            isDrawn: value.width > 100 && value.height > 20 && onset.height > 100,
            isWithin: value.left >= plot.left - 3 && value.right <= plot.right + 3 && onset.left >= plot.left - 3,
            isLabelled: label.width > 50 && label.left >= 0 && label.right <= innerWidth,
            words: alert.querySelector('svg desc').textContent,
          };
        }),
      );
      assert.equal(alerts.length, 12, name);
      for (const { words, ...looks } of alerts) {
        assert.deepEqual(looks, { isDrawn: true, isWithin: true, isLabelled: true }, `${name}: ${words}`);
        assert.match(words, /^\w.*weeks from 1 Jan 2024 to .*Onset \d+ \w+ 2024, alert open since/);
      }
    });
  }
});

test('a keyboard reaches everything', async () => {
  await open('june', VIEWS[0], async (page) => {
    const reached = [];
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.id}`.trim()));
    }
    for (const wanted of ['INPUT find', 'BUTTON unfold', 'BUTTON fold', 'SUMMARY', 'A']) {
      assert.ok(reached.includes(wanted), `${wanted} is not among ${reached}`);
    }
    assert.equal(reached[0], 'A', 'the first is the way past the head');
    await page.focus('.weeks summary');
    await page.keyboard.press('Enter');
    assert.equal(await page.$$eval('.weeks[open] tbody tr', (rows) => rows.length), 26);
    const outline = await page.$eval('.weeks summary', (it) => getComputedStyle(it).outlineStyle);
    assert.equal(outline, 'solid', 'what has the focus is seen');
  });
});

test('search and filters show what is asked for, and say how much it is', async () => {
  await open('june', VIEWS[0], async (page) => {
    const shown = () => page.$$eval('details.account:not([hidden]) h3', (all) => all.map((it) => it.textContent));
    assert.deepEqual(await shown(), ['city-runners', 'northern-sports', 'alpine-outfitters']);
    await page.fill('#find', 'alpine HAND');
    assert.deepEqual(await shown(), ['alpine-outfitters']);
    assert.equal(await page.textContent('#found'), '1 of 3 accounts shown');
    await page.fill('#find', '');
    await page.uncheck('[value=resolved]');
    assert.deepEqual(await shown(), ['city-runners']);
    await page.click('#fold');
    assert.equal(await page.$$eval('details.account[open]:not([hidden])', (all) => all.length), 0);
    await page.click('.first a');
    await page.waitForSelector('#a1[open]');
  });
});

test('the page is whole without its script', async () => {
  await open('june', { ...VIEWS[0], javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator('#tools').isVisible(), false, 'what would not work is not shown');
    assert.equal(await page.locator('.alert svg').count(), 2);
    assert.equal(await page.locator('.alert svg').first().isVisible(), true);
  });
});

test('on paper everything is unfolded and nothing is cut', async () => {
  await open('june', VIEWS[0], async (page) => {
    await page.click('#fold');
    const pdf = await page.pdf({ format: 'A4' });
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages >= 4, `${pages} pages: what is folded was left out`);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('#tools').isVisible(), false);
  });
});
