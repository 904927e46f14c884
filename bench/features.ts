// Sound to features: this package against torchaudio, in turn, so that what slows the machine slows both.
//
//   npm run build && npx tsx bench/features.ts [--rounds N] [--python PATH] [--json]
//
// torchaudio runs in the Python given, or `python3`; without one that has it, only our own time is shown.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createFbank } from '@audiozoo/features';
import { clip } from './clip.js';
import { readOptions, wholeNumber } from './command-line.js';
import { inTurns, median } from './measurements.js';
import { table } from './table.js';

/** One line in, one fbank of ten seconds, one line with its milliseconds out. */
const torchaudioLoop = `
import sys, time, torch, torchaudio
torch.set_num_threads(2)
samples = torch.frombuffer(bytearray(sys.stdin.buffer.read(640000)), dtype=torch.float32)[None]
print('ready', flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    torchaudio.compliance.kaldi.fbank(samples, htk_compat=True, window_type='hanning', num_mel_bins=128)
    print((time.perf_counter() - start) * 1000, flush=True)
`;

const usage = 'Usage: npx tsx bench/features.ts [--rounds N] [--python PATH] [--json]';
const flags = readOptions(usage, {
  rounds: { type: 'string', default: '100' },
  python: { type: 'string', default: 'python3' },
  json: { type: 'boolean', default: false },
});
const rounds = wholeNumber('rounds', flags.rounds, usage);
const warmUps = 20;

const samples = clip(10);
const filters = createFbank({ melBins: 128, window: 'hanning', htkCompatible: true });
const into = new Float32Array(filters.frameCount(samples.length) * filters.columns);

const ours = {
  name: 'audiozoo',
  async time() {
    const start = performance.now();
    filters.compute(samples, into);
    return performance.now() - start;
  },
};

/** Torchaudio's stopwatch, or undefined when there is none. */
async function openTorchaudio(python: string) {
  const child = spawn(python, ['-c', torchaudioLoop], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.stdin.write(new Uint8Array(samples.buffer));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') return undefined;
  return {
    name: 'torchaudio',
    async time() {
      child.stdin.write('\n');
      return Number((await lines.next()).value);
    },
    close: () => child.kill(),
  };
}

const torchaudio = await openTorchaudio(flags.python);
const contestants = torchaudio ? [ours, torchaudio] : [ours];
const times = await inTurns(contestants, { rounds, warmUps }, ({ time }) => time());
torchaudio?.close();

const rows = Array.from(times, ([{ name }, values]) => ({
  name,
  median: median(values),
  best: Math.min(...values),
}));
if (flags.json) {
  console.log(JSON.stringify({ seconds: 10, melBins: 128, rounds, milliseconds: rows }));
} else {
  console.log(`10 s at 16 kHz, 128 mel bins, ${rounds} rounds (ms)\n`);
  const body = rows.map(({ name, median: middle, best }) => [name, middle.toFixed(2), best.toFixed(2)]);
  console.log(table([['', 'median', 'best'], ...body]));
  if (!torchaudio) console.log('torchaudio: not installed for this Python (--python PATH)');
}
