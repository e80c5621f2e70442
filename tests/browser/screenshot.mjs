// The picture of a report for the project's README.

import { pathToFileURL } from 'node:url';
import { launch } from './browser.mjs';

const [file, out, width = 1280, height = 1464, colorScheme = 'light'] = process.argv.slice(2);
const browser = await launch();
const viewport = { width: Number(width), height: Number(height) };
const context = await browser.newContext({ viewport, colorScheme });
const page = await context.newPage();
await page.goto(pathToFileURL(file).href);
await page.screenshot({ path: out });
await browser.close();
