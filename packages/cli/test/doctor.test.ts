import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Machine } from '../src/machine/machine.js';
import { featuresOf } from '../src/machine/processor.js';
import { audiozoo, temporaryFolder } from './audiozoo.js';

describe('audiozoo doctor', () => {
  test('tries each device, and says of those that do not work why and what to do', async () => {
    const { exitCode, stdout } = await audiozoo(['doctor', '--json']);
    expect(exitCode).toBe(0);
    const { devices, runtime, processor } = JSON.parse(stdout) as Machine;
    expect(runtime).toEqual({ name: 'Node', version: process.versions.node });
    expect(processor.cores).toBeGreaterThan(0);
    expect(devices.map(({ name }) => name)).toEqual(['cpu', 'cuda', 'webgpu']);
    expect(devices[0]).toMatchObject({ works: true, device: expect.stringContaining('onnxruntime') });
    for (const device of devices) {
      if (device.works) expect(device.gigaflops).toBeGreaterThan(0);
      else
        expect([device.why, device.hint]).toEqual([
          expect.stringMatching(/\w/),
          expect.stringMatching(/\.$/),
        ]);
    }
  });

  test('tells nothing that is secret, and what the environment chooses', async () => {
    const home = join(temporaryFolder(), 'huggingface');
    const env = {
      ...{
        HF_HOME: home,
        HF_HUB_CACHE: '',
        HF_TOKEN: 'hf_secret',
        HF_ENDPOINT: 'https://me:secret@hub.example',
      },
      ...{
        HF_HUB_OFFLINE: '1',
        HTTPS_PROXY: 'http://me:secret@proxy.example:3128',
        NO_PROXY: 'localhost',
        PATH: '',
      },
    };
    const { stdout, stderr } = await audiozoo(['doctor'], { env });
    expect(stdout + stderr).not.toContain('secret');
    expect(stdout).toContain('HTTPS_PROXY=http://…@proxy.example:3128 NO_PROXY=localhost');
    expect(stdout).toContain(
      'HF_ENDPOINT=https://…@hub.example; a token of Hugging Face is set; nothing is fetched',
    );
    expect(stdout).toMatch(/^ffmpeg +not on the PATH/m);
    expect(stdout).toContain(`${join(home, 'hub')}, which is made when it is needed`);
    expect(stdout).toMatch(/^cpu +works: /m);
  });
});

test.each([
  ['x64', 'processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\n', ['AVX2', 'AVX-512', 'AVX-512 VNNI']],
  ['arm64', 'processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp\n', ['dot products of int8', 'float16']],
  ['another system', '', undefined],
])('the instructions of a processor of %s are told by name', (_, cpuinfo, features) => {
  expect(featuresOf(cpuinfo)).toEqual(features);
});
