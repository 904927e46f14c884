// Several processes want to download to one place. AUDIOZOO_STAGING_STARTS makes them want it more often.

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStaging, ownerMark } from '@audiozoo/core/disk';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

const starts = Number(process.env.AUDIOZOO_STAGING_STARTS ?? 80);
const processes = 4;

const script = fileURLToPath(new URL('./staging-process.mjs', import.meta.url));

function contend(out: string, seed: number, kills: number): Promise<string> {
  const args = [script, out, String(starts / processes), String(seed), String(kills)];
  return new Promise((resolve) =>
    execFile(process.execPath, args, (_killed, stdout, stderr) => resolve(stdout + stderr)),
  );
}

test.each([0, 20])(
  'a staging folder has one owner at a time, and none for ever (%i in 100 are killed)',
  async (kills) => {
    const out = join(temporaryFolder(), 'model');
    const seeds = Array.from({ length: processes }, (_, index) => 1000 * kills + index);
    const said = (await Promise.all(seeds.map((seed) => contend(out, seed, kills)))).join('');
    expect([...new Set(said.trim().split('\n'))]).toEqual(['owner']);
    const staging = await openStaging(out, 'the last');
    expect(readdirSync(staging.parts).sort()).toEqual(['files', 'lock', 'source.txt']);
    await staging.close({ keep: true });
    expect(readdirSync(join(out, '..')).filter((name) => name !== 'model.held')).toEqual([]);
  },
  120_000,
);

test('a lock is refused while its owner lives, here or on another machine', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'model');
  const staging = await openStaging(out, 'a');
  await expect(openStaging(out, 'a')).rejects.toMatchObject({ code: 'file', got: `process ${process.pid}` });
  await staging.close({ keep: false });

  const lock = join(folder, '.model.partial/lock');
  mkdirSync(lock, { recursive: true });
  const elsewhere = ownerMark().replace(/[0-9a-f]{8}-[0-9a-f]{8}$/, 'ffffffff-ffffffff');
  writeFileSync(join(lock, `${elsewhere}-01234567`), '');
  await expect(openStaging(out, 'a')).rejects.toMatchObject({
    got: `process ${process.pid} of another machine`,
    hint: expect.stringContaining(`remove ${lock}`),
  });
});

test('a lock that was left empty, or by the first version, is taken', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.model.partial/lock'), { recursive: true });
  const first = await openStaging(join(folder, 'model'), 'a');
  await first.close({ keep: false });
  mkdirSync(join(folder, '.model.partial'));
  writeFileSync(join(folder, '.model.partial/lock'), '4194305'); // no process has so high an id
  const second = await openStaging(join(folder, 'model'), 'a');
  await second.close({ keep: false });
  expect(readdirSync(folder)).toEqual([]);
});
