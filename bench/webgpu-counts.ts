// What one run asks of WebGPU, by runtime: dispatches, submissions and bytes. These hold on any adapter, a
// software one too, where times say nothing.
//
//   npx tsx bench/webgpu-counts.ts [--tokens N] [--model DIRECTORY] [--json FILE]

import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launchBrowser } from '../testing/chromium/browser.js';
import { readOptions, wholeNumber } from './command-line.js';
import type { Runtime } from './webgpu-counts.page.js';

const usage = 'Usage: npx tsx bench/webgpu-counts.ts [--tokens N] [--model DIRECTORY] [--json FILE]';
const options = readOptions(usage, {
  tokens: { type: 'string', default: '128' },
  model: { type: 'string', default: join(import.meta.dirname, '../models/spoken-digits') },
  json: { type: 'string' },
});
const tokens = wholeNumber('tokens', options.tokens, usage);
const runtimes: readonly Runtime[] = ['onnxruntime-web', 'onnxruntime-web/webgpu', 'tfjs'];
const mebibytes = (bytes: number) => Number((bytes / 2 ** 20).toFixed(1));
const kibibytes = (bytes: number) => Number((bytes / 2 ** 10).toFixed(1));

const browser = await launchBrowser({
  root: import.meta.dirname,
  bundle: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu'],
});
const rows = [];
try {
  for (const work of ['one encoder block', 'a whole model'] as const) {
    for (const runtime of runtimes) {
      // A page of its own: nothing is left of another's buffers.
      const { page, call } =
        await browser.open<typeof import('./webgpu-counts.page.js')>('webgpu-counts.page.ts');
      const device =
        work === 'one encoder block'
          ? await call('loadBlock', runtime, tokens)
          : await call('loadModel', runtime, `/@fs${resolve(options.model)}`);
      rows.push({ work, runtime, device, ...(await call('countRun')) });
      await page.close();
    }
  }
} finally {
  await browser.close();
}

console.log(`One encoder block of AST-base on ${tokens} tokens, and ${options.model}; one run each`);
console.table(
  rows.map(({ work, runtime, device, dispatches, submissions, written, read, allocated, peak }) => ({
    work,
    runtime,
    attention: device.includes('fused') ? 'fused' : 'in steps',
    dispatches,
    submissions,
    'written, KiB': kibibytes(written),
    'read, KiB': kibibytes(read),
    'allocated, KiB': kibibytes(allocated),
    'most held, MiB': mebibytes(peak),
  })),
);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ tokens, rows }, null, 2)}\n`);
