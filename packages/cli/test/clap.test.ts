// Against the numbers of transformers: see packages/clap/test/fixtures.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hub, serveHub } from '../../../testing/hub.js';
import { wavFile } from '../../../testing/wav-file.js';
import { audiozoo, fixture, temporaryFolder } from './audiozoo.js';

const golden = fixture('clap/test/fixtures/clap');
const model = join(golden, 'fused');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-clap-'));
const sound = (name: string) => join(golden, `${name}_48k.wav`);
const [speech, noise, chirp] = [sound('speech_3s'), sound('noise_1s'), sound('chirp_1s')];
const long = join(folder, 'long.wav');
const rows = { asTheReference: 0, asItIs: 1, long: 2, chirp: 4 };
const expected = readNpy(readFileSync(join(golden, 'fused.audio_embeds.npy')));

beforeAll(() => {
  const samples = [speech, speech, speech, noise, chirp, speech].map((path) =>
    readFileSync(path).subarray(44),
  );
  const options = { format: 'int', bits: 16, sampleRate: 48_000 } as const;
  writeFileSync(long, wavFile(Buffer.concat(samples), options));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How far the embeddings of files are from rows of the golden ones. */
async function distance(files: readonly string[], places: readonly number[], flags: readonly string[] = []) {
  const out = join(temporaryFolder(), 'out.npy');
  const { exitCode, stderr } = await audiozoo(['embed', ...files, '--model', model, '--out', out, ...flags]);
  expect(exitCode, stderr).toBe(0);
  const { shape, data } = readNpy(readFileSync(out));
  expect(shape).toEqual([files.length, expected.shape[1]]);
  const differences = Array.from(data as Iterable<number | bigint>, (value, index) => {
    const [row, column] = [Math.floor(index / shape[1]!), index % shape[1]!];
    return Math.abs(Number(value) - Number(expected.data[places[row]! * shape[1]! + column]));
  });
  return Math.max(...differences);
}

describe('audiozoo embed with a CLAP', () => {
  test('takes short sound as it is, and for long where it is told to', async () => {
    expect(await distance([speech, chirp], [rows.asItIs, rows.chirp])).toBeLessThan(5e-5);
    expect(await distance([speech], [rows.asTheReference], ['--set', 'isLonger=true'])).toBeLessThan(5e-5);
  });

  test('hears long sound in the crops it is told', async () => {
    const offsets = { cropOffsetFront: 25, cropOffsetMiddle: 201, cropOffsetBack: 371 };
    const flags = Object.entries(offsets).flatMap(([name, offset]) => ['--set', `${name}=${offset}`]);
    expect(await distance([long], [rows.long], flags)).toBeLessThan(5e-5);
  });

  test('refuses a crop past the end', async () => {
    const args = ['embed', long, '--model', model, '--out', join(temporaryFolder(), 'out.npy')];
    const { exitCode, stderr } = await audiozoo([...args, '--set', 'cropOffsetBack=401']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('past the end')]);
  });
});

describe('audiozoo pull of a CLAP', () => {
  const pull = (out: string, env: Hub['env'], flags: readonly string[] = []) =>
    audiozoo(['pull', 'me/model', '--out', out, ...flags], { env: { no_proxy: '*', ...env } });

  test('brings its tokenizer', async () => {
    const { env } = await serveHub(model);
    const out = join(temporaryFolder(), 'model');
    const { exitCode, stderr } = await pull(out, env);
    expect(exitCode, stderr).toBe(0);
    expect(readdirSync(out)).toEqual(readdirSync(model));
  });

  test('keeps what reads words when it is stored in another dtype', async () => {
    const { env } = await serveHub(model);
    const out = join(temporaryFolder(), 'model');
    const { exitCode, stderr } = await pull(out, env, ['--dtype', 'float16']);
    expect(exitCode, stderr).toBe(0);
    const asked = ['--label', 'a dog barking', '--label', 'rain', '--json', '--quiet'];
    const scores = async (model: string) => {
      const { stdout } = await audiozoo(['classify', speech, '--model', model, ...asked]);
      return (JSON.parse(stdout)[0].labels as { score: number }[]).map(({ score }) => score);
    };
    const [first, second] = await scores(model);
    const stored = await scores(out);
    expect(stored[0]).toBeCloseTo(first!, 2);
    expect(stored[1]).toBeCloseTo(second!, 2);
  });

  test('says that it will read no words without one', async () => {
    const remote = temporaryFolder();
    const names = readdirSync(model).filter((name) => !name.startsWith('tokenizer'));
    for (const name of names) writeFileSync(join(remote, name), readFileSync(join(model, name)));
    const { env } = await serveHub(remote);
    const out = join(temporaryFolder(), 'model');
    const { exitCode, stderr } = await pull(out, env);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('tokenizer.json is missing')]);
    expect(readdirSync(out)).toEqual(names);
  });
});
