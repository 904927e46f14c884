// Sound to features, and to another rate: this package in one thread against torchaudio in two, in turn, so that what slows the machine slows both.
//
//   npm run build && npx tsx bench/features.ts [--rounds N] [--python PATH] [--json]
//
// torchaudio runs in the Python given, or `python3`; without one that has it, only our own time is shown.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createFbank, createMelSpectrogram, type FeatureExtractor, resample } from '@audiozoo/features';
import { clip } from './clip.js';
import { readOptions, wholeNumber } from './command-line.js';
import { machine, watchLoad } from './machine.js';
import { inTurns, median, ratio } from './measurements.js';
import { table } from './table.js';

const usage = 'Usage: npx tsx bench/features.ts [--rounds N] [--python PATH] [--json]';
const flags = readOptions(usage, {
  rounds: { type: 'string', default: '100' },
  python: { type: 'string', default: 'python3' },
  json: { type: 'boolean', default: false },
});
const rounds = wholeNumber('rounds', flags.rounds, usage);
const warmUps = 20;

/** As the models hear; peers/torchaudio-features.py has the same. */
const extractors: Readonly<Record<string, FeatureExtractor>> = {
  AST: createFbank({ melBins: 128, window: 'hanning', htkCompatible: true }),
  CED: createMelSpectrogram({ fftLength: 512, hopLength: 160, melBins: 64, log: 'decibels', topDb: 120 }),
  mn: createMelSpectrogram({
    ...{ sampleRate: 32000, fftLength: 1024, windowLength: 800, hopLength: 320, melBins: 128 },
    ...{ highFrequency: 15000, periodicWindow: false, preemphasis: 0.97 },
    ...{ melScale: 'kaldi', triangles: 'mel', log: 'ln', offset: 1e-5, floor: 1e-30 },
  }),
  CLAP: createMelSpectrogram({
    ...{ sampleRate: 48000, fftLength: 1024, hopLength: 480, melBins: 64 },
    ...{ lowFrequency: 50, highFrequency: 14000, melScale: 'slaney', melNorm: 'slaney', log: 'decibels' },
  }),
};

/** What 10 s of sound become, by what it is for. */
const works: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(Object.entries(extractors).map(([name, extractor]) => [name, features(extractor)])),
  '44100 → 16000': resampling(44_100, 16_000),
  '48000 → 32000': resampling(48_000, 32_000),
};

function features(extractor: FeatureExtractor) {
  const samples = clip(10, extractor.sampleRate);
  const into = new Float32Array(extractor.frameCount(samples.length) * extractor.columns);
  return () => extractor.compute(samples, into);
}

function resampling(from: number, to: number) {
  const samples = clip(10, from);
  return () => resample(samples, from, to);
}

/** Times torchaudio by the name of the work; undefined where there is none. */
async function openTorchaudio(python: string) {
  const script = join(import.meta.dirname, 'peers/torchaudio-features.py');
  const child = spawn(python, ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (name: string) => {
    child.stdin.write(`${name}\n`);
    return Number((await lines.next()).value);
  };
  if ((await lines.next()).value === 'ready') return { ask, close: () => child.kill() };
  console.log('torchaudio: not installed for this Python (--python PATH)');
  return undefined;
}

const loadSoFar = watchLoad();
const torchaudio = await openTorchaudio(flags.python);
const rows = [];
for (const [name, work] of Object.entries(works)) {
  const ours = async () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const theirs = torchaudio && (() => torchaudio.ask(name));
  const times = await inTurns(theirs ? [ours, theirs] : [ours], { rounds, warmUps }, (time) => time());
  rows.push({ name, ours: times.get(ours)!, theirs: theirs && times.get(theirs)! });
}
torchaudio?.close();

if (flags.json) {
  console.log(JSON.stringify({ machine, load: loadSoFar(), seconds: 10, milliseconds: rows }));
} else {
  const milliseconds = (value: number) => value.toFixed(2);
  const body = rows.map(({ name, ours, theirs }) => [
    name,
    ...[median(ours), Math.min(...ours)].map(milliseconds),
    ...(theirs
      ? [median(theirs), Math.min(...theirs), ratio(ours, theirs), Math.min(...ours) / Math.min(...theirs)]
      : []
    ).map(milliseconds),
  ]);
  const head = ['', 'median', 'best', ...(torchaudio ? ['torchaudio', 'best', 'ratio', 'of the best'] : [])];
  console.log(`10 s of sound, ${rounds} rounds (ms)\n${machine}, load average ${loadSoFar()}\n`);
  console.log(table([head, ...body]));
}
