// Memory that a page takes to open a checkpoint of AST-base (346 MB): over the network and kept, again from
// what was kept, and without keeping it. The page reads every tensor and holds none, so that what is left is
// the cost of opening: `tsx bench/opening-memory.ts`.

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumPath } from '../testing/chromium/browser.js';
import { servePages } from '../testing/chromium/page-server.js';
import { serveFiles } from '../testing/file-server.js';
import { makeAstBase } from './make-ast-base.js';

const directory = join(import.meta.dirname, '.cache/ast-base');
const mebibyte = 2 ** 20;
/** Milliseconds between looks. */
const interval = 20;
/** What opening may take beyond the weights. */
const targetMebibytes = 150;

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
  readonly backingStorageSize: number;
}

if (!existsSync(join(directory, 'model.safetensors'))) await makeAstBase(directory);
const server = await serveFiles();
for (const name of ['config.json', 'preprocessor_config.json', 'model.safetensors']) {
  server.files.set(`/model/${name}`, await readFile(join(directory, name)));
}
server.manners = { ranges: true, expose: 'Content-Range', etag: '"1"' };
const pages = await servePages({ root: import.meta.dirname });
// A profile on disk: without one, as in a private window, what is kept is kept in memory.
const profile = await mkdtemp(join(tmpdir(), 'audiozoo-profile-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: chromiumPath!,
  args: ['--no-sandbox'],
});
try {
  const page = await context.newPage();
  await page.goto(pages.address('opening-memory.page.ts', { isolated: true }));
  await page.waitForFunction('window.exports');
  const devtools = await context.newCDPSession(page);
  const browser = await context.browser()!.newBrowserCDPSession();
  const rows = [];
  for (const [name, cache] of [
    ['fetched and kept', true],
    ['read from what was kept', true],
    ['fetched, not kept', false],
  ] as const) {
    await devtools.send('HeapProfiler.collectGarbage');
    const before = { heap: await heap(), resident: await resident() };
    const peak = { ...before };
    const opening = page.evaluate(
      ([location, cache]) =>
        (window as unknown as { exports: typeof import('./opening-memory.page.js') }).exports.readEveryTensor(
          location,
          cache,
        ),
      [`${server.url}/model`, cache] as const,
    );
    let done = false;
    const finished = opening.finally(() => (done = true));
    while (!done) {
      peak.heap = Math.max(peak.heap, await heap());
      peak.resident = Math.max(peak.resident, await resident());
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
    const { milliseconds, bytes, from } = await finished;
    rows.push({
      '': name,
      from,
      'weights read, MiB': (bytes / mebibyte).toFixed(0),
      'peak JS heap and buffers, MiB': ((peak.heap - before.heap) / mebibyte).toFixed(1),
      'peak of all processes, MiB': ((peak.resident - before.resident) / mebibyte).toFixed(1),
      'time, s': (milliseconds / 1000).toFixed(1),
      target: peak.heap - before.heap <= targetMebibytes * mebibyte ? 'met' : 'missed',
    });
  }
  console.table(rows);

  async function heap(): Promise<number> {
    const usage = (await devtools.send('Runtime.getHeapUsage')) as unknown as HeapUsage;
    return usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
  }

  /** Of all the browser's processes together. */
  async function resident(): Promise<number> {
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    const kibibytes = processInfo.map(({ id }) =>
      Number(/VmRSS:\s*(\d+)/.exec(read(id, 'status'))?.[1] ?? 0),
    );
    return 1024 * kibibytes.reduce((sum, size) => sum + size, 0);
  }
} finally {
  await context.close();
  await rm(profile, { recursive: true });
  await pages.close();
  await server.close();
}

function read(id: number, name: string): string {
  try {
    return readFileSync(`/proc/${id}/${name}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
