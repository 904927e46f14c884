// `audiozoo tag` against a plain loop over `classifyMany`, on the same files: clips a second, and memory over time.
//
//   npm run build && npx tsx bench/tag.ts [--clips N] [--model DIR] [--threads N]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { models } from '@audiozoo/cli/models';
import { codecs } from '@audiozoo/codecs';
import { seededRandom } from '@audiozoo/core/plugin';
import { readAudio } from '@audiozoo/features/audio';
import { classifyMany, loadClassifier } from '@audiozoo/tasks';
import { wav16 } from '../testing/wav-file.js';
import { readOptions, wholeNumber } from './command-line.js';
import { table } from './table.js';

const root = join(import.meta.dirname, '..');
const usage = `Usage: npx tsx bench/tag.ts [options]
  --clips N     (20000)
  --model DIR   (models/spoken-digits)
  --threads N   of the CPU (2)`;
const flags = readOptions(usage, {
  clips: { type: 'string', default: '20000' },
  model: { type: 'string', default: join(root, 'models/spoken-digits') },
  threads: { type: 'string', default: '2' },
});
const count = wholeNumber('clips', flags.clips, usage);
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
  await loop(paths);
  await classifier.dispose();

  const command = join(root, 'packages/cli/bin/audiozoo.js');
  const args = [
    'tag',
    clips,
    '--model',
    flags.model,
    '--out',
    join(folder, 'out'),
    '--threads',
    `${threads}`,
  ];
  const child = spawn(process.execPath, [command, ...args, '--device', 'cpu', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const rows = [['clips', 'resident MiB']];
  let end: { clips: number; seconds: number; timesRealTime: number } | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line);
    if (told.at === 'end') end = told;
    else rows.push([`${told.clips}`, (await resident(child.pid!)).toFixed(0)]);
  }
  if (child.exitCode === null) await once(child, 'exit');
  if (!end) throw new Error('The command failed; see above.');
  const [plain, tagged] = [count / seconds, (end.clips * end.timesRealTime) / end.seconds];
  const shown = rows.filter((_, row) => row === 0 || row % Math.ceil(rows.length / 10) === 0);
  console.log(table(shown));
  console.log(
    `classifyMany ${plain.toFixed(1)} clips/s, audiozoo tag ${tagged.toFixed(1)}: ${(tagged / plain).toFixed(3)} of it`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
