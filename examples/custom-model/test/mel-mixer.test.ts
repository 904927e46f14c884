import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { readNpy } from '@audiozoo/core';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { melMixer } from '../mel-mixer.js';
import { kinds, makeSound, sampleRate } from '../sounds.js';

const folder = join(import.meta.dirname, '..');
const model = join(folder, 'model');
const plugin = ['--plugin', './mel-mixer.js'];
/** Random layers under a solved head are right this often. */
const leastAccuracy = 0.9;
/** Between logits from features in float64, and from sound in float32. */
const waveformTolerance = 1e-3;

const command = join(folder, '../../packages/cli/bin/audiozoo.js');
const audiozoo = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, [command, ...args], { cwd: folder })).stdout;

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'custom-model-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('a model of a third party', () => {
  test('tells sounds apart that it has not heard', async () => {
    const classifier = await loadClassifier(model, { models: [melMixer], backend: onnxruntimeNode() });
    let right = 0;
    for (const kind of kinds.keys()) {
      for (let seed = 500; seed < 520; seed++) {
        const [best] = await classifier.classify({ samples: makeSound(kind, seed), sampleRate });
        if (best!.index === kind) right++;
      }
    }
    await classifier.dispose();
    expect(right / (20 * kinds.length)).toBeGreaterThan(leastAccuracy);
  });

  test('has the same logits on every backend', async () => {
    const clips = kinds.map((_, kind) => ({ samples: makeSound(kind, 500), sampleRate }));
    const [expected, actual] = await Promise.all(
      [referenceBackend(), onnxruntimeNode()].map(async (backend) => {
        const classifier = await loadClassifier(model, { models: [melMixer], backend });
        return (await classifier.logits(clips)).data;
      }),
    );
    expected!.forEach((logit, index) => {
      expect(Math.abs(actual![index]! - logit)).toBeLessThan(logitTolerance.float32);
    });
  });

  test('hears sound itself as it hears features', async () => {
    const clips = kinds.map((_, kind) => ({ samples: makeSound(kind, 500), sampleRate }));
    const [expected, actual] = await Promise.all(
      (['features', 'waveform'] as const).map(async (input) => {
        const options = { models: [melMixer], backend: onnxruntimeNode(), input };
        const classifier = await loadClassifier(model, options);
        return (await classifier.logits(clips).finally(() => classifier.dispose())).data;
      }),
    );
    expected!.forEach((logit, index) => {
      expect(Math.abs(actual![index]! - logit)).toBeLessThan(waveformTolerance);
    });
  });

  test('classifies on the command line', async () => {
    const stdout = await audiozoo('classify', 'rising-sweep.wav', '--model', 'model', '--json', ...plugin);
    expect(JSON.parse(stdout)[0].labels[0].label).toBe('rising sweep');
  });

  test("runs on a third party's backend", async () => {
    const backend = ['--plugin', '../custom-backend/plain-loops.js', '--device', 'plain-loops'];
    const args = ['rising-sweep.wav', '--model', 'model', '--json', ...plugin, ...backend];
    expect(JSON.parse(await audiozoo('classify', ...args))[0].labels[0].label).toBe('rising sweep');
  });

  test('exports to ONNX, which has the logits of classify', async () => {
    const out = temporaryFolder();
    const [onnx, features, logits] = ['a.onnx', 'features.npy', 'logits.npy'].map((name) => join(out, name));
    const named = ['--model', 'model', ...plugin];
    await audiozoo('export', '--out', onnx!, ...named);
    await audiozoo('features', 'rising-sweep.wav', '--out', features!, ...named);
    await audiozoo('classify', 'rising-sweep.wav', '--logits', logits!, ...named);

    const session = await InferenceSession.create(onnx!);
    const { data, shape } = readNpy(readFileSync(features!));
    const input = new Tensor('float32', data as Float32Array, [1, ...shape]);
    const outputs = await session.run({ input_values: input }, ['logits']);
    await session.release();
    const expected = readNpy(readFileSync(logits!)).data as Float32Array;
    const actual = outputs.logits!.data as Float32Array;
    expect(actual).toHaveLength(kinds.length);
    expected.forEach((logit, index) => {
      expect(Math.abs(actual[index]! - logit)).toBeLessThan(logitTolerance.float32);
    });
  });

  test('says what is wrong with a config', () => {
    const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
    expect(() => melMixer.readConfig({ ...config, patch_size: 0 }, {})).toThrow(/patch_size in config.json/);
    expect(() => melMixer.readConfig(config, {})).toThrow(/mean in preprocessor_config.json/);
  });
});
