import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, temporaryFolder } from './audiozoo.js';

const quantize = (out: string, ...flags: string[]) =>
  audiozoo(['quantize', '--model', digits, '--out', out, ...flags]);

describe('audiozoo quantize', () => {
  test('writes a model directory of int8 that classifies', async () => {
    const out = join(temporaryFolder(), 'digits-int8');
    const { exitCode, stdout } = await quantize(out);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Wrote ${out}: 836,748 parameters as int8, 1.0 MB`);
    expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json']);

    const classify = ['classify', digitClip('3_three'), '--model', out, '--json', '--top-k', '1'];
    const [{ labels }] = JSON.parse((await audiozoo(classify)).stdout);
    expect(labels).toMatchObject([{ label: 'three' }]);
  });

  test('says what it wrote as JSON', async () => {
    const out = join(temporaryFolder(), 'digits');
    const { stdout } = await quantize(out, '--dtype', 'float16', '--json');
    const { size } = statSync(join(out, 'model.safetensors'));
    expect(JSON.parse(stdout)).toMatchObject({ model: digits, out, dtype: 'float16', bytes: size });
  });

  test.each([
    ['a dtype that is none', 2, ['--dtype', 'int4'], /Allowed choices are int8, float16/],
    ['a place that is taken', 1, ['--out', digits], /models\/spoken-digits/],
    ['a folder that holds no model', 1, ['--model', join(digits, 'clips')], /not a model directory/],
  ])('refuses %s', async (_, code, flags, message) => {
    const out = join(temporaryFolder(), 'digits');
    const { exitCode, stdout, stderr } = await quantize(out, ...flags);
    expect(exitCode).toBe(code);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  test('refuses to quantize twice', async () => {
    const folder = temporaryFolder();
    await quantize(join(folder, 'once'));
    const { exitCode, stderr } = await quantize(join(folder, 'twice'), '--model', join(folder, 'once'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/quantized to int8/);
    expect(readdirSync(folder)).toEqual(['once']);
  });
});
