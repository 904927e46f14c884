// Whether a page keeps its 60 frames a second while a model loads and runs in a worker: examples/web, as built, with
// the bundled model and with AST-base given as dropped files, on each of its runtimes on WebAssembly. Beside it, the
// page at rest, and at rest while as many workers only count: what any work on so many cores costs. Long tasks (over
// 50 ms) are those of the page's own thread, and so its own fault.
//
//   npx tsx bench/frames.ts [--threads 1,2] [--runtimes onnxruntime,kernels,tfjs] [--seconds S] [--json FILE]

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type ApplicationPage, openApplication } from '../examples/web/test/application-page.js';
import { buildApplication } from '../examples/web/test/served-application.js';
import { chromiumPath } from '../testing/chromium/browser.js';
import { readOptions, stop, wholeNumber, wholeNumbers } from './command-line.js';
import { machine, watchLoad } from './machine.js';
import { astBase, modelFiles } from './make-ast-base.js';
import { median, percentile } from './measurements.js';
import { table } from './table.js';

const usage =
  'Usage: npx tsx bench/frames.ts [--threads 1,2] [--runtimes onnxruntime,kernels,tfjs] [--seconds S] [--json FILE]';
const flags = readOptions(usage, {
  threads: { type: 'string', default: '1,2' },
  runtimes: { type: 'string', default: 'onnxruntime,kernels,tfjs' },
  seconds: { type: 'string', default: '6' },
  json: { type: 'string' },
});
const threadCounts = wholeNumbers('threads', flags.threads, usage);
/** What is measured while something happens that has no end of its own. */
const milliseconds = 1000 * wholeNumber('seconds', flags.seconds, usage);
/** The runtimes that examples/web offers, and what its device picker says of them. */
const namesOfDevices = new Map([
  ['onnxruntime', 'onnxruntime'],
  ['kernels', "audiozoo's kernels"],
  ['tfjs', 'tfjs'],
]);
const runtimes = flags.runtimes.split(',').map((runtime) => {
  const device = namesOfDevices.get(runtime) ?? stop(`--runtimes has ${runtime}.\n${usage}`);
  return { runtime, device };
});
/** Milliseconds for a large model on a busy machine. */
const patience = 300_000;
/** Milliseconds between two frames, and how much later one may come and not count as late. */
const frame = 1000 / 60;
const tolerance = 5;
const longestTaskAllowed = 50;

interface Row {
  readonly threads: number;
  readonly runtime: string;
  readonly doing: string;
  /** Milliseconds between frames. */
  readonly intervals: readonly number[];
  readonly longTasks: readonly number[];
}

const directory = await astBase();
const loadSoFar = watchLoad();
const application = await buildApplication();
const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
const rows: Row[] = [];
try {
  for (const threads of threadCounts) {
    const server = await application.serve({ isolated: threads > 1 });
    rows.push(...(await atRest(browser, server.url, threads)));
    for (const each of runtimes) rows.push(...(await atWork(browser, server.url, threads, each)));
    await server.close();
  }
} finally {
  await browser.close();
  await application.remove();
}

const load = loadSoFar();
const longTasks = rows.flatMap((row) => row.longTasks);
console.log(`Frames of examples/web in Chromium ${browser.version()}, without a GPU
${machine}, load average ${load}

${framesTable(rows)}

Late: over ${(frame + tolerance).toFixed(1)} ms after the one before.
Tasks of the page's thread over ${longestTaskAllowed} ms: ${longTasks.length === 0 ? 'none' : `${longTasks.length}, missed`}`);
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ machine, load, rows }, null, 2)}\n`);

/** The page with its bundled model, alone and beside workers that only count. */
async function atRest(browser: Browser, url: string, threads: number): Promise<Row[]> {
  const { page, close } = await open(browser, url);
  const row = async (doing: string) => ({
    ...{ threads, runtime: '', doing },
    ...(await record(page, () => sleep(milliseconds))),
  });
  const alone = await row('nothing');
  await page.evaluate((count) => {
    const script = URL.createObjectURL(new Blob(['for (;;);']));
    for (let worker = 0; worker < count; worker++) new Worker(script);
  }, threads);
  const besideOthers = await row(threads === 1 ? 'a worker counts' : `${threads} workers count`);
  await close();
  return [alone, besideOthers];
}

async function atWork(
  browser: Browser,
  url: string,
  threads: number,
  { runtime, device }: (typeof runtimes)[number],
): Promise<Row[]> {
  const { page, drop, close } = await open(browser, url);
  const rows: Row[] = [];
  const during = async (doing: string, task: () => Promise<unknown>) => {
    rows.push({ threads, runtime, doing, ...(await record(page, task)) });
  };
  const loaded = async () => {
    await page.locator('#progress').waitFor({ state: 'hidden' });
    await page.getByText('× real time').waitFor();
  };
  const choose = (name: string, value: string) =>
    page.locator(`input[name=${name}][value=${value}]`).check({ force: true });

  await choose('runtime', runtime);
  await loaded();
  await during('loading the bundled model', async () => {
    await choose('device', 'wasm');
    await loaded();
  });
  const shown = await page.locator('#device').textContent();
  if (!shown!.includes(device)) throw new Error(`It runs on ${shown}.`);
  await during('running it', () => classifyInALoop(page));
  await during('loading AST-base', async () => {
    await drop(modelFiles.map((name) => join(directory, name)));
    await page.getByText('527 labels').waitFor();
    await loaded();
  });
  await during('running it', () => classifyInALoop(page));
  await close();
  return rows;
}

async function open(browser: Browser, url: string): Promise<ApplicationPage> {
  const opened = await openApplication(browser, url);
  opened.page.setDefaultTimeout(patience);
  await opened.page.addInitScript({ path: join(import.meta.dirname, 'frame-recorder.mjs') });
  await opened.page.reload();
  await opened.ready();
  return opened;
}

/** Presses the button of a clip, waits for its labels, and presses again. */
async function classifyInALoop(page: Page): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < milliseconds; ) {
    await page.getByRole('button', { name: 'seven', exact: true }).click();
    await page.locator('#stop').waitFor({ state: 'hidden' });
  }
}

async function record(
  page: Page,
  task: () => Promise<unknown>,
): Promise<Pick<Row, 'intervals' | 'longTasks'>> {
  await page.evaluate('recorder.begin()');
  await task();
  const recording = (await page.evaluate('recorder.end()')) as Record<'frames' | 'longTasks', number[]>;
  const { frames, longTasks } = recording;
  return { intervals: frames.slice(1).map((time, index) => time - frames[index]!), longTasks };
}

function framesTable(rows: readonly Row[]): string {
  const head = ['', 'threads', 'while', 'frames/s', 'median', 'p95', 'p99', 'longest', 'late', 'long tasks'];
  const body = rows.map(({ threads, runtime, doing, intervals, longTasks }) => {
    const late = intervals.filter((interval) => interval > frame + tolerance).length;
    const seconds = intervals.reduce((sum, interval) => sum + interval, 0) / 1000;
    return [
      runtime,
      `${threads}`,
      doing,
      (intervals.length / seconds).toFixed(1),
      ...[
        median(intervals),
        percentile(intervals, 0.95),
        percentile(intervals, 0.99),
        Math.max(...intervals),
      ].map((interval) => `${interval.toFixed(1)} ms`),
      `${((100 * late) / intervals.length).toFixed(1)} %`,
      longTasks.length === 0 ? 'none' : `${longTasks.length}, up to ${Math.max(...longTasks).toFixed(0)} ms`,
    ];
  });
  return table([head, ...body]);
}
