// Sound files to labels, many of them: `classifyMany` against a plain loop of `classify`, in turns.
//
//   npm run build && npx tsx bench/classify-many.ts [--rounds N] [--threads N] [--json]
//
// Each run of the loop has all threads. So has each of `classifyMany`, but with two workers, which share them.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import {
  type ClassifyManyOptions,
  classifyMany,
  type LocalClassifier,
  loadClassifier,
} from '@audiozoo/tasks';
import { clip } from './clip.ts';
import { makeAstBase } from './make-ast-base.ts';
import { inTurns, median, ratio } from './measurements.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(flags.threads);
const rounds = Number(flags.rounds);

const base = join(import.meta.dirname, '.cache/ast-base');
const digits = join(import.meta.dirname, '../models/spoken-digits');
if (!existsSync(join(base, 'model.safetensors'))) await makeAstBase(base);

/** 16-bit WAV of one channel at 16 kHz. */
function wav(samples: Float32Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + 2 * samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16000, 24);
  header.writeUInt32LE(32000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(2 * samples.length, 40);
  const data = Int16Array.from(samples, (sample) => Math.round(32767 * sample));
  return Buffer.concat([header, new Uint8Array(data.buffer)]);
}

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
  for (const path of long) await writeFile(path, wav(sound));
  const compressed = long.map(flac).filter((path) => path !== undefined);
  const words = (await readdir(join(digits, 'clips'))).map((name) => join(digits, 'clips', name));
  const short = Array.from({ length: 440 }, (_, index) => words[index % words.length]!);

  const results = [
    await compare('AST-base, 10 s of WAV', long, await waysOf(base, {})),
    ...(compressed.length > 0
      ? [await compare('AST-base, 10 s of FLAC', compressed, await waysOf(base, {}))]
      : []),
    await compare('spoken-digits, 1 s of WAV', short, await waysOf(digits, { batch: 8 })),
  ];
  if (flags.json) console.log(JSON.stringify({ threads, rounds, results }));
  for (const { model, files, ways } of flags.json ? [] : results) {
    console.log(`\n${model}: ${files} files, ${threads} threads, medians of ${rounds} interleaved rounds`);
    console.log(`${''.padEnd(40)}${'ms/file'.padStart(9)}${'speed'.padStart(8)}`);
    for (const { name, millisecondsPerFile, speed } of ways) {
      const figures = `${millisecondsPerFile.toFixed(2).padStart(9)}${`${speed.toFixed(2)}×`.padStart(8)}`;
      console.log(`${name.padEnd(40)}${figures}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
