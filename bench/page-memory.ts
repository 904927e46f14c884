// How much memory a page takes while it does something: the JavaScript heaps of its own thread and of its workers
// and theirs, with their buffers; and what all the browser's processes have, which shows what is no heap: Blobs,
// and WebAssembly with threads, whose memory is shared.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { heapBytes } from '../testing/chromium/heap-bytes.js';
import { type DevtoolsThread, watchThreads } from './devtools-threads.js';

/** Milliseconds between looks. */
const interval = 20;
/** Milliseconds that all threads have to collect their garbage. */
const settleMilliseconds = 1000;

/** Bytes beyond those that the page and the browser had before. */
export interface MemoryPeak {
  readonly heap: number;
  readonly resident: number;
}

/** Does `task` and says how much it took at its peak. The page's garbage is collected first. */
export async function memoryPeak<Result>(
  page: Page,
  task: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly peak: MemoryPeak }> {
  const devtools = await page.context().newCDPSession(page);
  const browser = await page.context().browser()!.newBrowserCDPSession();
  const threads = await watchThreads(devtools);
  const heaps = new Map<DevtoolsThread, number>();
  const asked = new Set<DevtoolsThread>();

  const ask = async (thread: DevtoolsThread) => {
    if (asked.has(thread)) return; // and still busy
    asked.add(thread);
    heaps.set(thread, await heapBytes((method) => thread.send(method)));
    asked.delete(thread);
  };
  const look = async () => {
    for (const thread of threads.running()) void ask(thread);
    await sleep(interval);
    const heap = threads.running().reduce((sum, thread) => sum + (heaps.get(thread) ?? 0), 0);
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    return { heap, resident: processInfo.reduce((sum, { id }) => sum + residentBytes(id), 0) };
  };

  // Threads of WebAssembly wait for work inside of it, and answer nothing.
  const collected = threads.running().map((thread) => thread.send('HeapProfiler.collectGarbage'));
  await Promise.race([Promise.all(collected), sleep(settleMilliseconds)]);
  await Promise.race([Promise.all(threads.running().map(ask)), sleep(settleMilliseconds)]);
  const before = await look();
  let { heap, resident } = before;
  let done = false;
  const finished = task().finally(() => (done = true));
  while (!done) {
    const now = await look();
    heap = Math.max(heap, now.heap);
    resident = Math.max(resident, now.resident);
  }
  const result = await finished;
  await devtools.detach();
  await browser.detach();
  return { result, peak: { heap: heap - before.heap, resident: resident - before.resident } };
}

function residentBytes(process: number): number {
  try {
    const kibibytes = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1];
    return 1024 * Number(kibibytes ?? 0);
  } catch {
    return 0; // it has ended
  }
}
