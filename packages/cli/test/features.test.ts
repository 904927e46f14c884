import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ast, audioset, frontEnd } from '@audiozoo/ast';
import { readNpy, type Tensor } from '@audiozoo/core';
import { loadAudio } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, temporaryFolder } from './audiozoo.js';

const clip = digitClip('0_zero');
const audiosetFrontEnd = frontEnd({ ...audioset, melBins: 128, sampleRate: 16000 });

async function features(...flags: string[]) {
  const out = join(temporaryFolder(), 'features.npy');
  const result = await audiozoo(['features', clip, '--out', out, ...flags]);
  return { ...result, out, read: () => readNpy(readFileSync(out)) };
}

function expectEqual(actual: Tensor, expected: Tensor<'float32'>, shape: readonly number[]): void {
  expect([actual.dtype, actual.shape]).toEqual(['float32', shape]);
  expect(Buffer.from(actual.data.buffer, actual.data.byteOffset, actual.data.byteLength)).toEqual(
    Buffer.from(expected.data.buffer, expected.data.byteOffset, expected.data.byteLength),
  );
}

describe('audiozoo features', () => {
  test("writes AudioSet's input, padded and normalized, when no model is named", async () => {
    const { exitCode, stdout, read } = await features();
    expect([exitCode, stdout]).toEqual([0, '']);
    const samples = await loadAudio(clip, 16000, {});
    expectEqual(read(), audiosetFrontEnd.inputs([samples]).input_values!, [1024, 128]);
  });

  test('writes them before padding and normalizing with --raw', async () => {
    const { exitCode, read } = await features('--raw');
    expect(exitCode).toBe(0);
    const samples = await loadAudio(clip, 16000, {});
    const expected = audiosetFrontEnd.features(samples);
    expect(expected.shape[0]).toBeLessThan(128);
    expectEqual(read(), expected, expected.shape);
  });

  test("writes a model's own input with --model", async () => {
    const json = (name: string) => JSON.parse(readFileSync(join(digits, name), 'utf8'));
    const own = ast.frontEnd(ast.readConfig(json('config.json'), json('preprocessor_config.json')));
    const { read } = await features('--model', digits);
    expectEqual(read(), own.inputs([await loadAudio(clip, 16000, {})]).input_values!, [128, 128]);
  });

  test('says when it cuts at the window, also when it is to be quiet, and never cuts with --raw', async () => {
    const long = join(temporaryFolder(), 'long.wav');
    const bytes = readFileSync(clip);
    writeFileSync(long, Buffer.concat([bytes.subarray(0, 44), bytes.subarray(44), bytes.subarray(44)]));
    const header = readFileSync(long);
    header.writeUInt32LE(header.length - 8, 4);
    header.writeUInt32LE(header.length - 44, 40);
    writeFileSync(long, header);

    const out = join(temporaryFolder(), 'features.npy');
    const run = (...flags: string[]) =>
      audiozoo(['features', long, '--out', out, '--model', digits, '--quiet', ...flags]);
    const cut = await run();
    expect(cut.exitCode).toBe(0);
    expect(cut.stderr).toMatch(/^warning: .*cut at 128 frames/);
    expect(readNpy(readFileSync(out)).shape).toEqual([128, 128]);

    const raw = await run('--raw');
    expect(raw.stderr).toBe('');
    expect(readNpy(readFileSync(out)).shape[0]).toBeGreaterThan(128);
  });

  test('takes a part of the sound', async () => {
    const { read } = await features('--raw', '--start', '0.1', '--duration', '0.2');
    expect(read().shape).toEqual([18, 128]); // ⌊(200 ms − 25 ms) / 10 ms⌋ + 1
  });

  test('says what it wrote as JSON', async () => {
    const { stdout, out } = await features('--json');
    expect(JSON.parse(stdout)).toEqual({ file: clip, out, shape: [1024, 128], cut: false });
  });

  test('leaves a file that was there as it was when it fails, and nothing beside it', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'features.npy');
    writeFileSync(out, 'mine');
    const { exitCode, stderr } = await audiozoo(['features', join(folder, 'none.wav'), '--out', out]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: .*none\.wav/);
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(readdirSync(folder)).toEqual(['features.npy']);
  });

  test('replaces a file, through a link to it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real', 'features.npy'), 'old');
    symlinkSync(join(folder, 'real', 'features.npy'), join(folder, 'link.npy'));
    const { exitCode } = await audiozoo(['features', clip, '--out', join(folder, 'link.npy'), '--raw']);
    expect(exitCode).toBe(0);
    expect(readNpy(readFileSync(join(folder, 'real', 'features.npy'))).shape[1]).toBe(128);
    expect(readdirSync(join(folder, 'real'))).toEqual(['features.npy']);
  });

  test('exits with 1 where nothing can be written', async () => {
    const { exitCode, stderr } = await audiozoo([
      'features',
      clip,
      '--out',
      join(temporaryFolder(), 'no/f.npy'),
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/cannot be written/);
  });
});
