// Writes the log of a large company: `node company.mjs ACCOUNTS RISING` accounts over 104 weeks, RISING of them growing formal.
//
// The same bytes each time. A quiet account has a meeting every other week; a rising one has seven a week from its own week
// on, and a plan that is issued again and again.

import { createWriteStream } from 'node:fs';

const [accounts = 10_000, rising = 2_000] = process.argv.slice(2).map(Number);
const WEEKS = 104;
const DAY = 86_400_000;
const monday = Date.parse('2024-01-01T09:00:00Z');
const out = createWriteStream(null, { fd: 1 });

for (let day = 0; day < WEEKS * 7; day += 1) {
  const week = Math.floor(day / 7);
  const lines = [];
  const at = new Date(monday + day * DAY).toISOString();
  const add = (account, kind, fields) => {
    const id = `${kind}-${account}-${day}`;
    lines.push(JSON.stringify({ id, at, account: `customer-${String(account).padStart(5, '0')}`, kind, ...fields }));
  };
  for (let account = 0; account < accounts; account += 1) {
    const onset = 60 + (account % 30);
    const isRising = account % Math.round(accounts / rising) === 0 && week >= onset;
    if (isRising || (week % 2 === account % 2 && day % 7 === account % 5)) {
      add(account, 'meeting', { duration_min: 60, series: `call-${account}` });
    }
    if (isRising && day % 14 === 1) add(account, 'plan-version', { plan: `plan-${account}` });
  }
  if (lines.length > 0 && !out.write(`${lines.join('\n')}\n`)) await new Promise((done) => out.once('drain', done));
}
