// Peak memory and time of converting a checkpoint of AST-base's size (350 MB), against a process that
// only imports the same modules. Each in a fresh process, the file in the page cache.
//
//   pnpm exec tsx --conditions=@audiozoo/source bench/converters.ts [folder for 1 GB of files]

import { fork } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { convertCheckpoint, directorySink, inspectCheckpoint, type WeightsDType } from '@audiozoo/converters';
import { openFile } from '@audiozoo/core/files';
import { pickle, rowMajor, wholeRecord, zipPieces } from '../packages/converters/test/torch-archive.js';

const targetMiB = 150;
const width = 768;
const depth = 12;
const tokens = 1214;
const classes = 527;

const tasks = ['idle', 'inspect', 'float32', 'float16', 'bfloat16'] as const;
type Task = (typeof tasks)[number];

/** An official checkpoint's names and shapes. */
function officialShapes(): [string, number[]][] {
  const linear = (name: string, out: number, input: number): [string, number[]][] => [
    [`${name}.weight`, [out, input]],
    [`${name}.bias`, [out]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  const blocks = Array.from({ length: depth }, (_, index) => `v.blocks.${index}`).flatMap((name) => [
    ...norm(`${name}.norm1`),
    ...linear(`${name}.attn.qkv`, 3 * width, width),
    ...linear(`${name}.attn.proj`, width, width),
    ...norm(`${name}.norm2`),
    ...linear(`${name}.mlp.fc1`, 4 * width, width),
    ...linear(`${name}.mlp.fc2`, width, 4 * width),
  ]);
  const all: [string, number[]][] = [
    ['v.cls_token', [1, 1, width]],
    ['v.pos_embed', [1, tokens, width]],
    ['v.dist_token', [1, 1, width]],
    ['v.patch_embed.proj.weight', [width, 1, 16, 16]],
    ['v.patch_embed.proj.bias', [width]],
    ...blocks,
    ...norm('v.norm'),
    ...linear('v.head', 1000, width),
    ...linear('v.head_dist', 1000, width),
    ...norm('mlp_head.0'),
    ...linear('mlp_head.1', classes, width),
  ];
  return all.map(([name, shape]) => [`module.${name}`, shape]);
}

/** Pseudo-random weights of [−0.1, 0.1), a piece at a time. */
function* randomFloats(count: number): Generator<Uint8Array> {
  let state = 1;
  for (let left = count; left > 0; ) {
    const piece = new Float32Array(Math.min(left, 1 << 18));
    for (let index = 0; index < piece.length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      piece[index] = (state / 2 ** 32 - 0.5) / 5;
    }
    left -= piece.length;
    yield new Uint8Array(piece.buffer);
  }
}

async function writeCheckpoint(path: string): Promise<number> {
  const tensors = officialShapes().map(([name, shape], index) => {
    const elements = shape.reduce((product, size) => product * size, 1);
    return { name, shape, elements, key: `${index}`, type: 'FloatStorage', strides: rowMajor(shape) };
  });
  const object = pickle.dict(tensors.map((tensor) => [tensor.name, pickle.tensor(tensor)]));
  const records = [
    wholeRecord('ast-base/data.pkl', Buffer.concat([pickle.start, object, pickle.stop])),
    ...tensors.map(({ key, elements }) => ({
      name: `ast-base/data/${key}`,
      size: 4 * elements,
      pieces: () => randomFloats(elements),
    })),
  ];
  const file = await open(path, 'wx');
  let size = 0;
  for (const piece of zipPieces(records)) {
    await file.writeFile(piece);
    size += piece.length;
  }
  await file.close();
  return size;
}

interface Figures {
  readonly peakMiB: number;
  readonly seconds: number;
}

/** What a fresh process does. */
async function perform(task: Task, checkpoint: string, output: string): Promise<Figures> {
  const start = performance.now();
  if (task !== 'idle') {
    const source = await openFile(checkpoint);
    if (task === 'inspect') await inspectCheckpoint(source, { models: [ast] });
    else
      await convertCheckpoint(source, {
        models: [ast],
        output: directorySink(output),
        dtype: task satisfies WeightsDType,
      });
    await source.close();
  }
  const seconds = (performance.now() - start) / 1000;
  return { peakMiB: process.resourceUsage().maxRSS / 1024, seconds };
}

async function inFreshProcess(task: Task, checkpoint: string, output: string): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [task, checkpoint, output]);
    child.once('message', (figures) => resolve(figures as Figures));
    child.once('exit', (code) => reject(new Error(`${task} ended with ${code}`)));
  });
}

async function main(folder = tmpdir()): Promise<void> {
  const place = await mkdtemp(join(folder, 'audiozoo-bench-'));
  try {
    const checkpoint = join(place, 'ast-base.pth');
    const size = await writeCheckpoint(checkpoint);
    console.log(`checkpoint of ${(size / 1e6).toFixed(0)} MB, Node ${process.version}`);
    let idleMiB = 0;
    for (const task of tasks) {
      const { peakMiB, seconds } = await inFreshProcess(task, checkpoint, join(place, task));
      if (task === 'idle') idleMiB = peakMiB;
      const above = peakMiB - idleMiB;
      console.log(
        `${task.padEnd(9)} ${seconds.toFixed(2)} s  peak ${peakMiB.toFixed(0)} MiB, ${above.toFixed(0)} above idle`,
      );
      if (above > targetMiB) process.exitCode = 1;
    }
  } finally {
    await rm(place, { recursive: true });
  }
}

const [first, checkpoint, output] = process.argv.slice(2);
if (process.send) process.send(await perform(first as Task, checkpoint!, output!));
else await main(first);
