// The kernels where there is no page: in Node. What other runtimes make of them, scripts/check-runtimes.ts tells.

import { spawnSync } from 'node:child_process';
import { wasm } from '@audiozoo/backend-web/wasm';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { describeBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { transformer } from './pages/example.js';

const isOld = Number.parseInt(process.versions.node, 10) < 22;

describe('wasm in Node', () => {
  describeBackend({ describe, test }, () => wasm({ threads: 2 }));

  test('says what it runs on, and why there is one thread on an old Node', async () => {
    const { model, weights } = transformer;
    const loaded = await wasm({ threads: 2 }).load(model, weightsInMemory(weights), { config: undefined });
    expect(loaded.device).toMatch(
      isOld ? /SIMD, 1 thread: threads compute wrong on Node older than 22\)$/ : /SIMD, 2 threads\)$/,
    );
    await loaded.dispose();
  });

  test('a process ends once it has nothing left to do, though its model is not disposed', () => {
    const script = `
      import { wasm } from '@audiozoo/backend-web/wasm';
      import { weightsInMemory } from '@audiozoo/core/plugin';
      import { conformanceCases } from '@audiozoo/core/testing';
      const { model, weights, inputs } = conformanceCases.at(-1);
      const loaded = await wasm({ threads: 2 }).load(model, weightsInMemory(weights), { config: undefined });
      console.log(Object.keys(await loaded.run(inputs(2))).length > 0);`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        cwd: `${import.meta.dirname}/..`,
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    expect([status, stdout.trim(), stderr]).toEqual([0, 'true', '']);
  });
});
