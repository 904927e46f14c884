// `audiozoo tag` against a plain loop over `classifyMany`, on the same files: clips a second, and memory over time. Then the same
// by workers, through a Redis, with as many threads in all; what they write is compared.
//
//   npm run build && npx tsx bench/tag.ts [--clips N] [--model DIR] [--threads N] [--workers LIST] [--loop N]

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { models } from '@audiozoo/cli/models';
import { codecs } from '@audiozoo/codecs';
import { seededRandom } from '@audiozoo/core/plugin';
import { readAudio } from '@audiozoo/features/audio';
import { classifyMany, loadClassifier } from '@audiozoo/tasks';
import { startRedis } from '../testing/redis.js';
import { wav16 } from '../testing/wav-file.js';
import { readOptions, wholeNumber } from './command-line.js';
import { table } from './table.js';

const root = join(import.meta.dirname, '..');
const usage = `Usage: npx tsx bench/tag.ts [options]
  --clips N     (20000)
  --model DIR   (models/spoken-digits)
  --threads N   of the CPU, in all (2)
  --workers LIST  so many behind a queue, as 1,2,4 (none); needs redis-server
  --loop N      of the clips, which the plain loop hears (all)
  --json FILE`;
const flags = readOptions(usage, {
  clips: { type: 'string', default: '20000' },
  model: { type: 'string', default: join(root, 'models/spoken-digits') },
  threads: { type: 'string', default: '2' },
  workers: { type: 'string', default: '' },
  loop: { type: 'string' },
  json: { type: 'string' },
});
const count = wholeNumber('clips', flags.clips, usage);
const looped = flags.loop === undefined ? count : Math.min(count, wholeNumber('loop', flags.loop, usage));
const threads = wholeNumber('threads', flags.threads, usage);

/** Files that differ; the others are links to them. */
const distinct = 200;
const rate = 16_000;

/** Parts of the bundled sounds, 1 to 10 s long where the model hears so much. */
async function makeClips(folder: string, mostSeconds: number): Promise<void> {
  const sounds: Float32Array[] = [];
  for (const model of ['spoken-digits', 'ten-sounds']) {
    const bundled = join(root, 'models', model, 'clips');
    for (const name of await readdir(bundled)) {
      sounds.push((await readAudio(join(bundled, name), { decoders: codecs, resampleTo: rate })).samples);
    }
  }
  const { uniform } = seededRandom(0, [0, 0, 0]);
  const made = join(folder, 'made');
  await mkdir(made);
  await mkdir(join(folder, 'clips'));
  for (let clip = 0; clip < distinct; clip++) {
    const sound = sounds[Math.floor(uniform() * sounds.length)]!;
    const length = Math.floor(rate * Math.min(mostSeconds, 1 + 9 * uniform()));
    const [first, gain] = [Math.floor(uniform() * sound.length), 0.3 + 0.6 * uniform()];
    const values = Int16Array.from(
      { length },
      (_, index) => 32_767 * gain * sound[(first + index) % sound.length]!,
    );
    await writeFile(join(made, `${clip}.wav`), wav16(values));
  }
  for (let clip = 0; clip < count; clip++) {
    await link(join(made, `${clip % distinct}.wav`), join(folder, 'clips', `${clip}.wav`));
  }
}

/** MiB that processes hold: this one, and those that it has begun. */
async function resident(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const pids = [pid, ...children.split(' ').filter(Boolean)];
  const sizes = pids.map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** A checksum of all lines of results, in their own order: shards may be others. */
async function linesOf(out: string): Promise<string> {
  const shards = join(out, 'shards');
  const texts = (await readdir(shards)).map((name) => readFile(join(shards, name), 'utf8'));
  const lines = (await Promise.all(texts)).flatMap((text) => text.trimEnd().split('\n'));
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

const folder = await mkdtemp(join(tmpdir(), 'audiozoo-bench-'));
try {
  const backend = onnxruntimeNode({ device: 'cpu', threads });
  const classifier = await loadClassifier(flags.model, { models, backend, decoders: codecs });
  await makeClips(folder, classifier.frontEnd.maxSamples / classifier.frontEnd.sampleRate);
  const clips = join(folder, 'clips');
  const paths = (await readdir(clips)).map((name) => join(clips, name));
  let seconds = 0;
  const loop = async (paths: readonly string[]) => {
    const start = performance.now();
    for await (const { error } of classifyMany(classifier, paths)) if (error) throw error;
    seconds = (performance.now() - start) / 1000;
  };
  await loop(paths.slice(0, distinct)); // warms up
  await loop(paths.slice(0, looped));
  await classifier.dispose();

  const command = join(root, 'packages/cli/bin/audiozoo.js');
  const audiozoo = (...args: readonly string[]) =>
    spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = async (child: ChildProcess) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  const rows = [['clips', 'resident MiB']];

  /** Clips a second, from the first that is heard. */
  async function tagged(out: string, ...args: readonly string[]): Promise<number> {
    const child = audiozoo('tag', clips, '--model', flags.model, '--out', out, '--json', ...args);
    let end: { readonly clips: number; readonly seconds: number; readonly timesRealTime: number } | undefined;
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const told = JSON.parse(line);
        if (told.at === 'end') end = told;
        else if (args.includes('--threads')) {
          rows.push([`${told.clips}`, (await resident(child.pid!)).toFixed(0)]);
        }
      }
      await ended(child);
    } finally {
      child.kill();
    }
    if (!end) throw new Error('The command failed; see above.');
    return (end.clips * end.timesRealTime) / end.seconds;
  }

  const plain = looped / seconds;
  const alone = join(folder, 'alone');
  const rates: [string, number][] = [['a loop over classifyMany', plain]];
  rates.push(['audiozoo tag', await tagged(alone, '--threads', `${threads}`, '--device', 'cpu')]);
  const lines = await linesOf(alone);
  for (const number of flags.workers.split(',').filter(Boolean).map(Number)) {
    const redis = await startRedis();
    const ofEach = `${Math.max(1, Math.floor(threads / number))}`;
    const workers = Array.from({ length: number }, () => {
      const where = ['--queue', redis.url, '--root', folder, '--root', resolve(flags.model)];
      return audiozoo('work', ...where, '--threads', ofEach, '--device', 'cpu', '--quiet');
    });
    const out = join(folder, `by-${number}`);
    const title = `${number} worker${number > 1 ? 's' : ''}, ${ofEach} thread${ofEach === '1' ? '' : 's'} each`;
    try {
      rates.push([title, await tagged(out, '--queue', redis.url, '--name', `by-${number}`)]);
    } finally {
      for (const worker of workers) worker.kill('SIGTERM');
      await Promise.all(workers.map(ended));
      await redis.stop();
    }
    if ((await linesOf(out)) !== lines) throw new Error(`${title} wrote other lines`);
  }

  console.log(table(rows.filter((_, row) => row === 0 || row % Math.ceil(rows.length / 10) === 0)));
  const told = rates.map(([title, rate]) => [title, rate.toFixed(1), (rate / plain).toFixed(3)]);
  console.log(table([['', 'clips/s', 'of the loop'], ...told]));
  if (flags.json) await writeFile(flags.json, JSON.stringify({ count, rates, resident: rows.slice(1) }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
