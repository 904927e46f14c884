import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { describe, expect, it } from 'vitest';
import { audiozoo, digitClip, digits, temporaryFolder } from './audiozoo.js';

/** The same weights in other operators of the same runtime. */
const logitTolerance = 1e-4;

const clip = digitClip('4_four');

async function logitsOfGraph(path: string, input: Float32Array): Promise<readonly number[]> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(path);
  const { logits } = await session.run({ input_values: new Tensor('float32', input, [1, 128, 128]) }, [
    'logits',
  ]);
  await session.release();
  return Array.from(logits!.data as Float32Array);
}

describe('audiozoo export', () => {
  it.each([
    ['inline', ['digits.onnx']],
    ['external', ['digits.onnx', 'digits.onnx.data']],
  ])('writes ONNX with weights %s, which gives the logits of classify', async (weights, files) => {
    const folder = temporaryFolder();
    const onnx = join(folder, 'digits.onnx');
    const { exitCode, stdout } = await audiozoo([
      'export',
      '--model',
      digits,
      '--out',
      onnx,
      '--weights',
      weights,
    ]);
    expect(exitCode).toBe(0);
    for (const file of files) expect(stdout).toContain(join(folder, file));
    expect(readdirSync(folder).sort()).toEqual(files);

    const [features, logits] = [join(folder, 'features.npy'), join(folder, 'logits.npy')];
    await audiozoo(['features', clip, '--model', digits, '--out', features]);
    await audiozoo(['classify', clip, '--model', digits, '--logits', logits]);
    const actual = await logitsOfGraph(onnx, readNpy(readFileSync(features)).data as Float32Array);
    const expected = Array.from(readNpy(readFileSync(logits)).data, Number);
    expect(actual).toHaveLength(12);
    for (const [index, value] of expected.entries()) {
      expect(Math.abs(actual[index]! - value)).toBeLessThan(logitTolerance);
    }
  });

  it('says what it wrote as JSON', async () => {
    const onnx = join(temporaryFolder(), 'digits.onnx');
    const { stdout } = await audiozoo(['export', '--model', digits, '--out', onnx, '--json']);
    const bytes = readFileSync(onnx).length;
    expect(JSON.parse(stdout)).toEqual({ model: digits, files: [{ path: onnx, bytes }] });
  });

  it('leaves nothing behind when the model cannot be read', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'config.json'), '{}');
    const { exitCode, stdout, stderr } = await audiozoo([
      'export',
      '--model',
      folder,
      '--out',
      join(folder, 'a.onnx'),
    ]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*model\.safetensors/);
    expect(readdirSync(folder)).toEqual(['config.json']);
  });
});
