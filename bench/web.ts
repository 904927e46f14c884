// audiozoo against transformers.js in a real Chromium: one model, one clip, WebAssembly, in turns. audiozoo computes with
// its own kernels; with `--backend onnxruntime` on the very file of onnxruntime-web that transformers.js comes with, so
// that what differs is what each gives it to run, and what each does around it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, type TestBrowser } from '../testing/chromium/browser.js';
import { heapBytes } from '../testing/chromium/heap-bytes.js';
import { readOptions, stop, wholeNumber } from './command-line.js';
import { listed, machine, packageVersion, watchLoad } from './machine.js';
import { inTurns, median, ratio } from './measurements.js';
import { prepare, quantized } from './prepare.js';
import { digits, table } from './table.js';
import type { PageSetting, PageTask } from './web.page.js';

const usage = `Usage: npm run bench:web -- [options]
  --rounds N         turns that each library takes at the whole (5)
  --feature-rounds N turns that each library takes at features alone, ten clips each (15)
  --threads N        (2)
  --backend NAME     what audiozoo computes with: wasm, its own kernels, or onnxruntime (wasm)
  --dtype TYPE       fp32, or int8 or q8: audiozoo's int8 weights against the peer's (fp32)
  --python PATH      a Python with PyTorch, for the peer's graph (python3)
  --json FILE        every figure, for machines`;

const options = readOptions(usage, {
  rounds: { type: 'string', default: '5' },
  'feature-rounds': { type: 'string', default: '15' },
  threads: { type: 'string', default: '2' },
  backend: { type: 'string', default: 'wasm' },
  dtype: { type: 'string', default: 'fp32' },
  python: { type: 'string', default: 'python3' },
  json: { type: 'string' },
});
const rounds = wholeNumber('rounds', options.rounds, usage);
const featureRounds = wholeNumber('feature-rounds', options['feature-rounds'], usage);

/** Both compute in float32, but with other kernels, and features differ in their last digits. */
const logitTolerance = 1e-3;
/** onnxruntime's threads spin for a while after a run; the next to run should not share cores with them. */
const settleMilliseconds = 100;
const mebibyte = 2 ** 20;
const isQuantized = options.dtype !== 'fp32';
const targets = { features: 0.35, classify: isQuantized ? 0.7 : 0.95, memory: 1 };

const runtimeFile = join(
  import.meta.dirname,
  'peers/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs',
);
if (options.backend !== 'onnxruntime' && options.backend !== 'wasm') {
  stop(`--backend is ${options.backend}.\n${usage}`);
}
if (!['fp32', 'int8', 'q8'].includes(options.dtype)) stop(`--dtype is ${options.dtype}.\n${usage}`);
const setting = {
  threads: wholeNumber('threads', options.threads, usage),
  dtype: options.dtype,
  backend: options.backend,
  runtime: `/@fs${runtimeFile}`,
} as const;

const directory = await prepare(options.python);
const browser = await launchBrowser({ root: import.meta.dirname });
try {
  await compare(browser);
} finally {
  await browser.close();
}

interface Comparison {
  readonly name: string;
  readonly unit: 'ms' | 'MiB';
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** The largest share of the peer's figure that ours may be. */
  readonly target?: number;
}

interface Contestant {
  readonly device: string;
  readonly browser: string;
  run(task: PageTask, repeat: number): Promise<number>;
  logits(): Promise<number[]>;
  /** Bytes of the page's JavaScript heap and buffers after a collection, and of its WebAssembly memories. */
  memory(): Promise<{ readonly javascript: number; readonly wasm: number }>;
}

async function compare(browser: TestBrowser): Promise<void> {
  const loadSoFar = watchLoad();
  const ours = await enter(browser, 'web.page.ts', isQuantized ? quantized(directory) : directory);
  const theirs = await enter(browser, 'peers/transformers-js.page.mjs', directory);

  const a = await ours.logits();
  const b = await theirs.logits();
  const logitDifference = Math.max(...a.map((logit, index) => Math.abs(logit - b[index]!)));
  if (!isQuantized && !(logitDifference <= logitTolerance)) {
    throw new Error(`The two do not compute the same: logits differ by ${logitDifference}.`);
  }

  const compareTimes = async (name: string, task: PageTask, rounds: number, repeat: number) => {
    const times = await inTurns([ours, theirs], { rounds, warmUps: 1 }, async (contestant) => {
      await sleep(settleMilliseconds);
      return contestant.run(task, repeat);
    });
    return { name, unit: 'ms', ours: times.get(ours)!, theirs: times.get(theirs)! } as const;
  };
  const features = await compareTimes('features', 'features', featureRounds, 10);
  const classify = await compareTimes('samples to labels', 'classify', rounds, 1);

  const held = { ours: await ours.memory(), theirs: await theirs.memory() };
  const memory = (name: string, bytes: (held: Awaited<ReturnType<Contestant['memory']>>) => number) =>
    ({
      name,
      unit: 'MiB',
      ours: [bytes(held.ours) / mebibyte],
      theirs: [bytes(held.theirs) / mebibyte],
    }) satisfies Comparison;
  const comparisons: Comparison[] = [
    { ...features, target: targets.features },
    { ...classify, target: targets.classify },
    { ...classify, name: '  the fastest of each', ...fastest(classify) },
    memory('JavaScript heap and buffers', ({ javascript }) => javascript),
    memory('WebAssembly memory', ({ wasm }) => wasm),
    { ...memory('both', ({ javascript, wasm }) => javascript + wasm), target: targets.memory },
  ];

  const versions = {
    Chromium: ours.browser,
    audiozoo: packageVersion('packages/tasks'),
    'transformers.js': packageVersion('bench/peers/node_modules/@huggingface/transformers'),
    'onnxruntime-web': packageVersion('bench/peers/node_modules/onnxruntime-web'),
  };
  const load = loadSoFar();
  console.log(`AST-base, 10 s of audio, medians of ${rounds} interleaved rounds (features: ${featureRounds})
${ours.device}; memory after the last run
${machine}, load average ${load}
${listed(versions)}

${comparisonTable(comparisons, `transformers.js ${options.dtype}`)}

Logits differ by at most ${logitDifference.toExponential(1)}.`);

  if (options.json) {
    const report = {
      machine,
      load,
      versions,
      threads: setting.threads,
      dtype: setting.dtype,
      backend: setting.backend,
      logitDifference,
      comparisons: comparisons.map((comparison) => ({
        ...comparison,
        ratio: ratio(comparison.ours, comparison.theirs),
      })),
    };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

/** A page of its own, and so a process and a runtime of its own, with the model loaded. */
async function enter(browser: TestBrowser, module: string, model: string): Promise<Contestant> {
  const { page, call } = await browser.open<typeof import('./web.page.js')>(module);
  const devtools = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    const memories: WebAssembly.Memory[] = [];
    Object.assign(window, { memories });
    WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
      construct(Memory, values: ConstructorParameters<typeof WebAssembly.Memory>) {
        const memory = new Memory(...values);
        memories.push(memory);
        return memory;
      },
    });
  });
  const device = await call('load', { ...setting, model: `/@fs${model}` } satisfies PageSetting);
  return {
    device,
    browser: page.context().browser()!.version(),
    run: (task, repeat) => call('run', task, repeat),
    logits: () => call('logits'),
    async memory() {
      const wasm = await page.evaluate(() =>
        (window as unknown as { memories: WebAssembly.Memory[] }).memories.reduce(
          (sum, { buffer }) => sum + buffer.byteLength,
          0,
        ),
      );
      await devtools.send('HeapProfiler.collectGarbage');
      return { javascript: await heapBytes((method) => devtools.send(method)), wasm };
    },
  };
}

function comparisonTable(comparisons: readonly Comparison[], peer: string): string {
  const rows = comparisons.map(({ name, unit, ours, theirs, target }) => {
    const share = ratio(ours, theirs);
    const verdict = target && `≤ ${target.toFixed(2)}× ${share <= target ? 'met' : 'missed'}`;
    const figures = [ours, theirs].map((values) => `${digits(median(values))} ${unit}`);
    return [name, ...figures, `${share.toFixed(2)}×`, verdict || ''];
  });
  return table([['', 'audiozoo', peer, 'ratio', 'target'], ...rows]);
}

function fastest({ ours, theirs }: { ours: readonly number[]; theirs: readonly number[] }) {
  return { ours: [Math.min(...ours)], theirs: [Math.min(...theirs)] };
}
