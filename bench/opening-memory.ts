// Memory that a page takes to open AST-base, in Chromium: the model directory over the network and kept, again from
// what was kept, and without keeping it; a dropped official checkpoint, converted in the page. The page reads every
// tensor and holds none, so that what is left is the cost of opening. Then examples/web, as built, is given the same
// checkpoint, for each of its runtimes: that takes the weights besides, as often as the runtime holds them.
//
//   npx tsx bench/opening-memory.ts [--json FILE]

import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { buildApplication } from '../examples/web/test/served-application.js';
import { servePages } from '../testing/browsers/page-server.js';
import { chromiumPath } from '../testing/chromium/browser.js';
import { serveFiles } from '../testing/file-server.js';
import { readOptions } from './command-line.js';
import { machine, watchLoad } from './machine.js';
import { astBase, modelFiles } from './make-ast-base.js';
import { writeOfficialCheckpoint } from './official-checkpoint.js';
import type { Opening } from './opening-memory.page.js';
import { type MemoryPeak, memoryPeak } from './page-memory.js';
import { mebibytes, table } from './table.js';

const flags = readOptions('Usage: npx tsx bench/opening-memory.ts [--json FILE]', {
  json: { type: 'string' },
});
/** What opening may take beyond the weights. */
const target = 150 * 2 ** 20;
/** Milliseconds for a large model on a busy machine. */
const patience = 300_000;
/** Bytes of the model's weights. */
const weightBytes = 346_376_252;

interface Runtime {
  /** What examples/web calls it in its form, and what its device picker then says. */
  readonly value: string;
  readonly name: string;
  /** Bytes of weights that it is given at once, in buffers; others take them one by one. */
  readonly weights: number;
}

const runtimes: readonly Runtime[] = [
  { value: 'onnxruntime', name: 'onnxruntime', weights: weightBytes },
  { value: 'kernels', name: "audiozoo's kernels", weights: 0 },
  { value: 'tfjs', name: 'tfjs', weights: 0 },
];

interface Row {
  readonly name: string;
  readonly from: string;
  readonly milliseconds: number;
  /** Bytes of weights that are in the heaps at the peak. */
  readonly weights: number;
  readonly peak: MemoryPeak;
}

const directory = await astBase();
const loadSoFar = watchLoad();
const place = await mkdtemp(join(tmpdir(), 'audiozoo-bench-'));
const checkpoint = join(place, 'ast-base.pth');
try {
  const checkpointBytes = await writeOfficialCheckpoint(checkpoint);
  const opened = await withBrowser(openings);
  const loaded = await loadings();
  const load = loadSoFar();
  console.log(`AST-base: a model directory of 346 MB, or a checkpoint of ${(checkpointBytes / 1e6).toFixed(0)} MB
${machine}, load average ${load}

Every tensor read, none held:

${memoryTable(opened)}

The checkpoint dropped onto examples/web, until it runs:

${memoryTable(loaded)}`);
  if (flags.json)
    writeFileSync(flags.json, `${JSON.stringify({ machine, load, opened, loaded }, null, 2)}\n`);
} finally {
  await rm(place, { recursive: true });
}

async function withBrowser<Result>(task: (context: BrowserContext) => Promise<Result>): Promise<Result> {
  // A profile on disk: without one, as in a private window, what is kept is kept in memory.
  const profile = await mkdtemp(join(place, 'profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath!,
    args: ['--no-sandbox'],
  });
  try {
    return await task(context);
  } finally {
    await context.close();
  }
}

async function openings(context: BrowserContext): Promise<Row[]> {
  const server = await serveFiles();
  for (const name of modelFiles) {
    server.files.set(`/model/${name}`, await readFile(join(directory, name)));
  }
  server.manners = { ranges: true, expose: 'Content-Range', etag: '"1"' };
  const pages = await servePages({ root: import.meta.dirname });
  try {
    const page = await context.newPage();
    await page.goto(pages.address('opening-memory.page.ts', { isolated: true }));
    await page.waitForFunction('window.exports');
    await page.locator('input').setInputFiles(checkpoint);
    const fetched = (cache: boolean) => () =>
      page.evaluate(
        ([location, cache]) =>
          (window as unknown as { exports: typeof import('./opening-memory.page.js') }).exports.openAddress(
            location,
            cache,
          ),
        [`${server.url}/model`, cache] as const,
      );
    const converted = () =>
      page.evaluate(() =>
        (
          window as unknown as { exports: typeof import('./opening-memory.page.js') }
        ).exports.openCheckpoint(),
      );
    const ways: Readonly<Record<string, () => Promise<Opening>>> = {
      'fetched and kept': fetched(true),
      'read from what was kept': fetched(true),
      'fetched, not kept': fetched(false),
      'official checkpoint, converted': converted,
      'and once more': converted,
    };
    const rows: Row[] = [];
    for (const [name, open] of Object.entries(ways)) {
      const { result, peak } = await memoryPeak(page, open);
      rows.push({ name, from: result.from, milliseconds: result.milliseconds, weights: 0, peak });
    }
    return rows;
  } finally {
    await pages.close();
    await server.close();
  }
}

/** In a browser of its own, whose memory nobody has used before. */
async function loading(context: BrowserContext, url: string, runtime: Runtime): Promise<Row> {
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(url);
  await page.locator('input[name=device][value=wasm]').check({ force: true });
  await page.locator(`input[name=runtime][value=${runtime.value}]`).check({ force: true });
  await page.locator('#device', { hasText: runtime.name }).waitFor();
  await page.getByText('× real time').waitFor();
  const begin = performance.now();
  const { peak } = await memoryPeak(page, async () => {
    await page.locator('#checkpoint').setInputFiles(checkpoint);
    await page.locator('#model-name', { hasText: 'ast-base.pth' }).waitFor();
    await page.getByText('× real time').waitFor();
  });
  const { name, weights } = runtime;
  return { name, from: 'file', milliseconds: performance.now() - begin, weights, peak };
}

async function loadings(): Promise<Row[]> {
  const application = await buildApplication();
  const server = await application.serve();
  try {
    const rows: Row[] = [];
    for (const runtime of runtimes) {
      rows.push(await withBrowser((context) => loading(context, server.url, runtime)));
    }
    return rows;
  } finally {
    await server.close();
    await application.remove();
  }
}

function memoryTable(rows: readonly Row[]): string {
  const body = rows.map(({ name, from, milliseconds, weights, peak }) => [
    name,
    from,
    `${(milliseconds / 1000).toFixed(1)} s`,
    mebibytes(peak.heap),
    mebibytes(peak.heap - weights),
    mebibytes(peak.resident),
    peak.heap - weights <= target ? 'met' : 'missed',
  ]);
  return table([
    ['', 'from', 'time', 'peak of heaps and buffers', 'beyond weights', 'of all processes', '≤ 150 MiB'],
    ...body,
  ]);
}
