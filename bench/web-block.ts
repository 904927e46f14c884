// TensorFlow.js, onnxruntime-web and our own kernels, all on WebAssembly in the same Chromium, on one encoder block
// of AST-base. Runs are taken in turn, so that what slows the machine for a while slows all.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { launchBrowser } from '../testing/chromium/browser.js';
import { readOptions, wholeNumber } from './command-line.js';
import { inTurns, median } from './measurements.js';
import { digits, table } from './table.js';

const usage = 'Usage: npx tsx bench/web-block.ts [--rounds N]';
const flags = readOptions(usage, { rounds: { type: 'string', default: '7' } });
const rounds = wholeNumber('rounds', flags.rounds, usage);
const contestants = [
  ['tfjs wasm', 'tfjs', 1],
  ['onnxruntime-web wasm, 1 thread', 'onnxruntime', 1],
  ['onnxruntime-web wasm, 2 threads', 'onnxruntime', 2],
  ['our kernels, 1 thread', 'wasm', 1],
  ['our kernels, 2 threads', 'wasm', 2],
] as const;

const tfjsWasm = dirname(
  createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'),
);
const browser = await launchBrowser({
  root: import.meta.dirname,
  bundle: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
});
try {
  const entries = [];
  for (const [name, runtime, threads] of contestants) {
    const page = await browser.open<typeof import('./web-block.page.js')>('web-block.page.ts');
    const device = await page.call('load', runtime, threads, `/@fs${join(tfjsWasm, 'wasm-out')}/`);
    entries.push({ name, device, page });
  }
  // The first run compiles and packs.
  const times = await inTurns(entries, { rounds, warmUps: 1 }, ({ page }) => page.call('run'));
  const body = Array.from(times, ([{ name, device }, milliseconds]) => [
    name,
    device,
    `${digits(median(milliseconds))} ms`,
    `${digits(Math.min(...milliseconds))} ms`,
  ]);
  console.log(table([['', 'device', 'median', 'least'], ...body]));
} finally {
  await browser.close();
}
