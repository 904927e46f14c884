// Sound files to labels, many of them: `classifyMany` against a plain loop of `classify`, in turns.
//
//   npm run build && npx tsx bench/classify-many.ts [--rounds N] [--threads N] [--json]
//
// Each run of the loop has all threads. So has each of `classifyMany`, but with two workers, which share them.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import {
  type ClassifyManyOptions,
  classifyMany,
  type LocalClassifier,
  loadClassifier,
} from '@audiozoo/tasks';
import { wav16 } from '../testing/wav-file.js';
import { clip } from './clip.js';
import { readOptions, wholeNumber } from './command-line.js';
import { astBase } from './make-ast-base.js';
import { inTurns, median, ratio } from './measurements.js';
import { quantized } from './prepare.js';
import { table } from './table.js';

const usage = 'Usage: npx tsx bench/classify-many.ts [--rounds N] [--threads N] [--json]';
const flags = readOptions(usage, {
  rounds: { type: 'string', default: '5' },
  threads: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
});
const threads = wholeNumber('threads', flags.threads, usage);
const rounds = wholeNumber('rounds', flags.rounds, usage);

const base = await astBase();
const digits = join(import.meta.dirname, '../models/spoken-digits');

/** The same as music comes, 44.1 kHz in stereo and compressed; undefined where ffmpeg is not installed. */
function flac(path: string): string | undefined {
  const encoded = path.replace('.wav', '.flac');
  const { status } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-ar', '44100', '-ac', '2', encoded]);
  return status === 0 ? encoded : undefined;
}

type Runs = Pick<ClassifyManyOptions, 'batch' | 'concurrency'>;

interface Way {
  readonly name: string;
  readonly classifier: LocalClassifier;
  hear(paths: readonly string[]): Promise<void>;
}

async function open(directory: string, workers: number): Promise<LocalClassifier> {
  const share = Math.max(1, Math.floor(threads / workers));
  return loadClassifier(directory, {
    models: [ast],
    backend: onnxruntimeNode({ device: 'cpu', workers, threads: share }),
  });
}

function many(name: string, classifier: LocalClassifier, options: Runs): Way {
  return {
    name,
    classifier,
    async hear(paths) {
      for await (const { error } of classifyMany(classifier, paths, options)) if (error) throw error;
    },
  };
}

async function waysOf(directory: string, options: Runs): Promise<Way[]> {
  const one = await open(directory, 1);
  const two = await open(directory, 2);
  const loop: Way = {
    name: 'a loop of classify',
    classifier: one,
    async hear(paths) {
      for (const path of paths) await one.classify(path);
    },
  };
  const batches = options.batch === undefined ? '' : `, batches of ${options.batch}`;
  return [
    loop,
    many('classifyMany', one, {}),
    ...(batches ? [many(`classifyMany${batches}`, one, options)] : []),
    many(`classifyMany, two workers${batches}`, two, { ...options, concurrency: 3 }),
  ];
}

async function compare(model: string, paths: readonly string[], ways: readonly Way[]) {
  const series = await inTurns(ways, { rounds, warmUps: 1 }, async ({ hear }) => {
    const start = performance.now();
    await hear(paths);
    return (performance.now() - start) / paths.length;
  });
  for (const classifier of new Set(ways.map((way) => way.classifier))) await classifier.dispose();
  const loop = series.get(ways[0]!)!;
  return {
    model,
    files: paths.length,
    ways: ways.map((way) => ({
      name: way.name,
      millisecondsPerFile: median(series.get(way)!),
      speed: ratio(loop, series.get(way)!),
    })),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'audiozoo-bench-'));
try {
  const sound = clip(10);
  const long = Array.from({ length: 6 }, (_, index) => join(folder, `${index}.wav`));
  for (const path of long) await writeFile(path, wav16(sound.map((sample) => Math.round(32767 * sample))));
  const compressed = long.map(flac).filter((path) => path !== undefined);
  const words = (await readdir(join(digits, 'clips'))).map((name) => join(digits, 'clips', name));
  const short = Array.from({ length: 440 }, (_, index) => words[index % words.length]!);

  const results = [
    await compare('AST-base, 10 s of WAV', long, await waysOf(base, {})),
    await compare('AST-base in int8, 10 s of WAV', long, await waysOf(quantized(base), {})),
    ...(compressed.length > 0
      ? [await compare('AST-base, 10 s of FLAC', compressed, await waysOf(base, {}))]
      : []),
    await compare('spoken-digits, 1 s of WAV', short, await waysOf(digits, { batch: 8 })),
  ];
  if (flags.json) console.log(JSON.stringify({ threads, rounds, results }));
  for (const { model, files, ways } of flags.json ? [] : results) {
    console.log(`\n${model}: ${files} files, ${threads} threads, medians of ${rounds} interleaved rounds\n`);
    const body = ways.map(({ name, millisecondsPerFile, speed }) => [
      name,
      millisecondsPerFile.toFixed(2),
      `${speed.toFixed(2)}×`,
    ]);
    console.log(table([['', 'ms/file', 'speed'], ...body]));
  }
} finally {
  await rm(folder, { recursive: true });
}
