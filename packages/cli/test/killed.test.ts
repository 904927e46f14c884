// Commands that are killed at any moment. What they leave is swept by the next that writes there, and nothing that was
// whole becomes half. AUDIOZOO_KILLS kills more often.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerMark, ownerOf } from '@audiozoo/core/disk';
import { expect, test } from 'vitest';
import { audiozoo, digits, fixture, stub, temporaryFolder } from './audiozoo.js';

const kills = Number(process.env.AUDIOZOO_KILLS ?? 4);
const timeout = 60_000 + kills * 10_000;

/** Kills a command some time after its first file has begun to be written in `folder`. */
async function killAt(moment: number, folder: string, args: readonly string[]): Promise<void> {
  const before = new Set(readdirSync(folder));
  const child = spawn(process.execPath, [stub, ...args], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (child.exitCode === null && readdirSync(folder).every((name) => before.has(name))) await sleep(1);
  await sleep(moment);
  child.kill('SIGKILL');
  await ended;
}

const partials = (folder: string) => readdirSync(folder).filter((name) => ownerOf(name) !== undefined);

const commands: Record<string, (folder: string, run: number) => string[]> = {
  convert: (folder, run) => [
    ...[
      'convert',
      fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth'),
      '--out',
      join(folder, `${run}`),
    ],
    ...[
      '--set',
      'fstride=16',
      '--set',
      'tstride=16',
      '--set',
      'frames=128',
      '--set',
      'mean=-7.336108',
      '--set',
      'std=6.539323',
    ],
    ...['--labels', fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv')],
  ],
  quantize: (folder, run) => ['quantize', '--model', digits, '--out', join(folder, `${run}`)],
  average: (folder, run) => ['average', digits, digits, '--out', join(folder, `${run}`)],
  export: (folder, run) => ['export', '--model', digits, '--out', join(folder, `${run}.onnx`)],
};

/** What a process that is dead was writing. */
function plantLitter(folder: string): void {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const [, , , ...machine] = ownerMark().split('-');
  const partial = join(folder, `.earlier.audiozoo-${pid}-1-${machine.join('-')}-01234567.partial`);
  mkdirSync(partial);
  writeFileSync(join(partial, 'model.safetensors'), 'half of it');
}

test.each(Object.keys(commands))(
  '%s leaves no more than one that is killed was writing, and sweeps what others have left',
  async (name) => {
    const folder = temporaryFolder();
    plantLitter(folder);
    for (let run = 0; run < kills; run++) {
      await killAt((run * 17) % 60, folder, commands[name]!(folder, run));
      expect(partials(folder).length).toBeLessThanOrEqual(1);
      if (process.env.AUDIOZOO_KILLS) console.log(name, run, partials(folder).length);
    }
    const { exitCode, stderr } = await audiozoo(commands[name]!(folder, kills));
    expect([exitCode, stderr.match(/error.*/)]).toEqual([0, null]);
    expect(partials(folder)).toEqual([]);
  },
  timeout,
);

test(
  'export --weights external over another model, killed, leaves no graph with the weights of another',
  async () => {
    const folder = temporaryFolder();
    const integers = join(folder, 'int8');
    await audiozoo(['quantize', '--model', digits, '--out', integers]);
    const exporting = (model: string, place: string) => [
      'export',
      '--model',
      model,
      '--out',
      join(place, 'digits.onnx'),
      '--weights',
      'external',
    ];
    const pair = (place: string) =>
      ['digits.onnx', 'digits.onnx.data'].map((name) => {
        const path = join(place, name);
        return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : undefined;
      });
    const models = [digits, integers];
    const whole = await Promise.all(
      models.map(async (model, index) => {
        const place = join(folder, `whole-${index}`);
        mkdirSync(place);
        await audiozoo(exporting(model, place));
        return pair(place);
      }),
    );
    expect(whole[0]![0]).not.toBe(whole[1]![0]);

    const place = join(folder, 'both');
    mkdirSync(place);
    await audiozoo(exporting(digits, place));
    for (let run = 0; run < 2 * kills; run++) {
      await killAt((run * 13) % 90, place, exporting(models[(run + 1) % 2]!, place));
      const [graph, data] = pair(place);
      if (process.env.AUDIOZOO_KILLS) console.log(run, graph?.slice(0, 4), data?.slice(0, 4));
      if (graph !== undefined) expect(whole).toContainEqual([graph, data]);
    }
    await audiozoo(exporting(integers, place));
    expect(pair(place)).toEqual(whole[1]);
    expect(readdirSync(place).sort()).toEqual(['digits.onnx', 'digits.onnx.data']);
  },
  2 * timeout,
);
