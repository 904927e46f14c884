// Peak memory and time of converting a checkpoint of AST-base's size (350 MB), against a process that
// only imports the same modules. Each in a fresh process, the file in the page cache.
//
//   pnpm exec tsx --conditions=@audiozoo/source bench/converters.ts [folder for 1 GB of files]

import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { convertCheckpoint, directorySink, inspectCheckpoint, type WeightsDType } from '@audiozoo/converters';
import { openFile } from '@audiozoo/core/files';
import { nextMessage } from './fresh-process.js';
import { writeOfficialCheckpoint } from './official-checkpoint.js';

const targetMiB = 150;

const tasks = ['idle', 'inspect', 'float32', 'float16', 'bfloat16'] as const;
type Task = (typeof tasks)[number];

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
  return nextMessage(fork(import.meta.filename, [task, checkpoint, output]));
}

async function main(folder = tmpdir()): Promise<void> {
  const place = await mkdtemp(join(folder, 'audiozoo-bench-'));
  try {
    const checkpoint = join(place, 'ast-base.pth');
    const size = await writeOfficialCheckpoint(checkpoint);
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
