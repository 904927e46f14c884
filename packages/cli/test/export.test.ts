import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { readAudio } from '@audiozoo/features/audio';
import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits, temporaryFolder } from './audiozoo.js';

/** The same weights in other operators of the same runtime. */
const logitTolerance = 1e-4;
/** Features in float32 inside the graph, against those in float64 outside. */
const waveformTolerance = 1e-3;

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
  test.each([
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

  test('writes a graph that takes sound of several lengths itself', async () => {
    const folder = temporaryFolder();
    const [onnx, logits] = [join(folder, 'digits.onnx'), join(folder, 'logits.npy')];
    await audiozoo(['export', '--model', digits, '--out', onnx, '--input', 'waveform']);
    const clips = [clip, digitClip('7_seven')];
    await audiozoo(['classify', ...clips, '--model', digits, '--logits', logits]);

    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const session = await InferenceSession.create(onnx);
    expect(session.inputMetadata.map((input) => [input.name, input.isTensor && input.shape])).toEqual([
      ['samples', ['batch', 20_800]], // 130 hops of 10 ms
      ['lengths', ['batch']],
    ]);
    const sounds = await Promise.all(clips.map((file) => readAudio(file, { resampleTo: 16_000 })));
    const batch = new Float32Array(clips.length * 20_800);
    sounds.forEach((sound, index) => {
      batch.set(sound.samples, index * 20_800);
    });
    const given = {
      samples: new Tensor('float32', batch, [clips.length, 20_800]),
      lengths: new Tensor(
        'float32',
        sounds.map((sound) => sound.samples.length),
        [clips.length],
      ),
    };
    const actual = (await session.run(given, ['logits'])).logits!.data as Float32Array;
    await session.release();
    expect(new Set(sounds.map((sound) => sound.samples.length)).size).toBe(2);
    const expected = Array.from(readNpy(readFileSync(logits)).data, Number);
    expect(actual).toHaveLength(expected.length);
    for (const [index, value] of expected.entries()) {
      expect(Math.abs(actual[index]! - value)).toBeLessThan(waveformTolerance);
    }
  });

  test('refuses an input that there is not, by how it was called', async () => {
    const flags = ['export', '--model', digits, '--out', join(temporaryFolder(), 'a.onnx')];
    const { exitCode, stderr } = await audiozoo([...flags, '--input', 'spectrogram']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Allowed choices are features, waveform');
  });

  test('says what it wrote as JSON', async () => {
    const onnx = join(temporaryFolder(), 'digits.onnx');
    const { stdout } = await audiozoo(['export', '--model', digits, '--out', onnx, '--json']);
    const bytes = readFileSync(onnx).length;
    expect(JSON.parse(stdout)).toEqual({ model: digits, files: [{ path: onnx, bytes }] });
  });

  test('leaves nothing behind when the model cannot be read', async () => {
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
