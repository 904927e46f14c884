// CED-tiny and mn10 in Chromium, our kernels against onnxruntime-web with the same graph, ten seconds, in turns; and how
// many times faster than it sounds frame_mn10 listens there.
//
//   npm run build && npx tsx bench/web-zoo.ts --python PATH [--rounds N] [--threads N] [--models LIST] [--json FILE]

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser } from '../testing/chromium/browser.js';
import { readOptions, stop, wholeNumber } from './command-line.js';
import { machine, watchLoad } from './machine.js';
import { inTurns, median, ratio } from './measurements.js';
import { digits, table } from './table.js';
import type { ZooPageSetting } from './web-zoo.page.js';
import { frameModel, zooModel } from './zoo-models.js';

const usage =
  'Usage: npx tsx bench/web-zoo.ts --python PATH [--rounds N] [--threads N] [--models ced-tiny,mn10,frame-mn10] [--json FILE]';
const flags = readOptions(usage, {
  python: { type: 'string', default: 'python3' },
  rounds: { type: 'string', default: '11' },
  threads: { type: 'string', default: '2' },
  models: { type: 'string', default: 'ced-tiny,mn10,frame-mn10' },
  json: { type: 'string' },
});
const rounds = wholeNumber('rounds', flags.rounds, usage);
const threads = wholeNumber('threads', flags.threads, usage);

/** Frames that the compared models hear at ten seconds. */
const frames: Readonly<Record<string, number>> = { 'ced-tiny': 1001, mn10: 1000 };
/** Both compute in float32, with other kernels. */
const tolerance = 2e-3;
/** onnxruntime's threads spin for a while after a run; the next to run should not share cores with them. */
const settleMilliseconds = 100;
/** frame_mn10 hears windows of so many frames, 10 ms each, every `hop` seconds. */
const windows = [250, 1000];
const hop = 0.5;
const listenedSeconds = 10;

const loadSoFar = watchLoad();
const browser = await launchBrowser({ root: import.meta.dirname, bundle: ['onnxruntime-web'] });
const open = async (setting: Omit<ZooPageSetting, 'threads'>) => {
  const { page, call } = await browser.open<typeof import('./web-zoo.page.js')>('web-zoo.page.ts');
  await call('load', { ...setting, model: `/@fs${setting.model}`, threads });
  return { page, call };
};

const compared = [];
const listened = [];
try {
  for (const name of flags.models.split(',')) {
    if (name === 'frame-mn10') {
      const model = await frameModel();
      for (const frames of windows) {
        const { page, call } = await open({ model, backend: 'wasm', frames });
        const times = [];
        for (let round = 0; round < 3; round++) times.push(await call('listenFor', listenedSeconds, hop));
        listened.push({ seconds: frames / 100, times });
        await page.close();
      }
      continue;
    }
    const length = frames[name] ?? stop(`There is no ${name}.\n${usage}`);
    const model = (await zooModel(name, flags.python)).ours;
    const ours = await open({ model, backend: 'wasm', frames: length });
    const theirs = await open({ model, backend: 'onnxruntime', frames: length });
    const [mine, other] = [await ours.call('logits'), await theirs.call('logits')];
    const difference = Math.max(...mine.map((value, index) => Math.abs(value - other[index]!)));
    if (!(difference <= tolerance)) stop(`${name}: the two differ by ${difference}.`);
    const times = await inTurns([ours, theirs], { rounds, warmUps: 2 }, async ({ call }) => {
      await sleep(settleMilliseconds);
      return call('run');
    });
    compared.push({ name, ours: times.get(ours)!, theirs: times.get(theirs)!, difference });
    await ours.page.close();
    await theirs.page.close();
  }
} finally {
  await browser.close();
}

const load = loadSoFar();
console.log(`In Chromium, ${threads} threads, ten seconds of sound, ${rounds} interleaved rounds; the model alone
${machine}, load average ${load}
`);
const body = compared.map(({ name, ours, theirs, difference }) => [
  name,
  `${digits(median(ours))} ms`,
  `${digits(median(theirs))} ms`,
  `${ratio(ours, theirs).toFixed(2)}×`,
  `${(Math.min(...ours) / Math.min(...theirs)).toFixed(2)}×`,
  difference.toExponential(1),
]);
const head = ['', 'our kernels', 'onnxruntime-web', 'ratio', 'of the fastest', 'logits differ by'];
if (body.length > 0) console.log(table([head, ...body]));
for (const { seconds, times } of listened) {
  const [middle, best] = [median(times), Math.max(...times)].map(digits);
  console.log(
    `frame_mn10 listens by windows of ${seconds} s every ${hop} s at ${middle}× real time (${best}× at best)`,
  );
}
if (flags.json) {
  writeFileSync(flags.json, `${JSON.stringify({ machine, load, threads, compared, listened }, null, 2)}\n`);
}
