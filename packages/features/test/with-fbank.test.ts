// The filter bank inside a model, in the float32 of a runtime: against torchaudio, and against the one outside.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type AnyModel, AudiozooError, type Tensor, tensor } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { featureTolerance } from '@audiozoo/core/testing';
import { createFbank, type FbankOptions, withFbank } from '@audiozoo/features';
import { describe, expect, test } from 'vitest';
import { differences, readArray, readSamples } from './fixture.js';
import { cases, optionsOf, toleranceOf } from './torchaudio-cases.js';

/** Between clips alone and in a batch, which a runtime may multiply in another order. */
const batchTolerance = 1e-3;

const unserved = ['useEnergy', 'usePower', 'snipEdges', 'subtractMean', 'dither'];
const isServed = (options: FbankOptions) => !unserved.some((name) => Object.hasOwn(options, name));

/** A model that gives its features back. */
function echo(fbank: FbankOptions, frames: number, { mean = 0, scale = 1 } = {}) {
  const filters = createFbank(fbank);
  const shape = [frames, filters.columns];
  const asTensor = (samples: Float32Array) => {
    const { data, frames, columns } = filters.compute(samples);
    return tensor('float32', [frames, columns], data);
  };
  const model: AnyModel = {
    type: 'echo',
    readConfig: () => undefined,
    parameters: () => ({}),
    inputs: () => ({ features: { shape } }),
    outputs: () => ({ features: { shape } }),
    build: (_ops, _weights, { features }) => ({ features: features! }),
    frontEnd: () => ({
      sampleRate: 16000,
      minSamples: filters.minSamples,
      maxSamples: Number.MAX_SAFE_INTEGER,
      secondsPerFrame: 0.01,
      features: asTensor,
      inputs: () => {
        throw new Error('The features are made inside.');
      },
      stream: () => {
        const stream = filters.stream();
        return {
          push: (samples) => {
            const { data, frames, columns } = stream.push(samples);
            return tensor('float32', [frames, columns], data);
          },
          inputs: () => ({}),
        };
      },
    }),
    labels: () => [],
    problemType: () => 'single_label_classification',
  };
  return withFbank(model, () => ({ name: 'features', fbank, frames, mean, scale }));
}

async function run(
  model: AnyModel,
  inputs: Record<string, Tensor<'float32'>>,
  precision: 'float32' | 'float16' = 'float32',
): Promise<Float32Array> {
  const backend = onnxruntimeNode({ device: 'cpu', precision });
  const loaded = await backend.load(model, weightsInMemory({}), { config: undefined });
  const { features } = await loaded.run(inputs).finally(() => loaded.dispose());
  return features!.data;
}

const hear = (form: AnyModel, ...clips: Float32Array[]) => run(form, form.frontEnd(undefined).inputs(clips));

const options: FbankOptions = { melBins: 40, window: 'hanning' };
const speech = readSamples('fbank/speech_2s.wav');
const [frames, columns, hop, frameLength] = [50, 40, 160, 400];

describe('a filter bank inside a model', () => {
  test.each(cases.filter((reference) => isServed(optionsOf(reference))))(
    'gives the features of torchaudio: $name',
    async (reference) => {
      const expected = readArray(`fbank/${reference.name}.npy`);
      const form = echo(optionsOf(reference), expected.shape[0]!);
      const features = await hear(form, readSamples(`fbank/${reference.wav}`));
      const { largest, mean } = differences(features, expected.data);
      const allowed = toleranceOf(reference);
      expect(largest).toBeLessThanOrEqual(allowed.maximum);
      expect(mean).toBeLessThanOrEqual(allowed.mean);
    },
  );

  test.each([
    ['hops longer than frames', { melBins: 16, frameLength: 10, frameShift: 30 }],
    ['frames of whole hops', { melBins: 16, frameLength: 20 }],
    ['no logarithm', { melBins: 16, useLog: false }],
    ['no DC removal', { melBins: 16, removeDcOffset: false }],
  ] as [string, FbankOptions][])('takes %s', async (_, its) => {
    const expected = createFbank(its).compute(speech);
    const features = await hear(echo(its, expected.frames), speech);
    expect(differences(features, expected.data).largest).toBeLessThan(featureTolerance.maximum);
  });

  test.each([frameLength, frameLength + hop - 1, frameLength + hop, 5000, 8399, 8400, 30_000])(
    'cuts, or pads with zeros, what it makes of %d samples',
    async (length) => {
      const clip = speech.subarray(0, length);
      const expected = new Float32Array(frames * columns);
      expected.set(createFbank(options).compute(clip).data.subarray(0, expected.length));
      const features = await hear(echo(options, frames), clip);
      expect(differences(features, expected).largest).toBeLessThan(featureTolerance.maximum);
      expect(features.map((value) => Number(value === 0))).toEqual(
        expected.map((value) => Number(value === 0)),
      );
    },
  );

  test('keeps clips of a batch apart, whatever their lengths', async () => {
    const form = echo(options, frames);
    const clips = [frameLength, 20_000, 3000].map((length, index) => speech.subarray(index, index + length));
    const alone = await Promise.all(clips.map((clip) => hear(form, clip)));
    const together = await hear(form, ...clips);
    const expected = Float32Array.from(alone.flatMap((features) => [...features]));
    expect(differences(together, expected).largest).toBeLessThan(batchTolerance);
  });

  test('does not hear what follows a clip', async () => {
    const form = echo(options, frames);
    const { samples, lengths } = form.frontEnd(undefined).inputs([speech.subarray(0, 5000)]);
    const noisy = tensor('float32', samples!.shape, samples!.data.slice().fill(0.5, 5000));
    const features = await run(form, { samples: noisy, lengths: lengths! });
    const quiet = await run(form, { samples: samples!, lengths: lengths! });
    expect(differences(features, quiet).largest).toBe(0);
  });

  test('subtracts the mean from the padding too, and scales', async () => {
    const clip = speech.subarray(0, 5000);
    const plain = await hear(echo(options, frames), clip);
    const normalized = await hear(echo(options, frames, { mean: -4, scale: 0.125 }), clip);
    const expected = plain.map((value) => (value + 4) * 0.125);
    expect(differences(normalized, expected).largest).toBeLessThan(1e-6);
  });

  test('stays in float32 where the model computes in float16', async () => {
    const form = echo(options, frames);
    const inputs = form.frontEnd(undefined).inputs([speech]);
    expect(await run(form, inputs, 'float16')).toEqual(await run(form, inputs));
  });
});

describe('sound that comes in pieces', () => {
  const { frontEnd } = echo(options, frames);
  const { inputs, stream } = frontEnd(undefined);
  const heard = (length: number) => {
    const pieces = stream();
    const rows: number[] = [];
    for (let start = 0, size = 1; start < length; start += size, size = (size * 7) % 10_009) {
      rows.push(...pieces.push(speech.subarray(start, Math.min(length, start + size))).data);
    }
    return { inputs: pieces.inputs(), rows: Float32Array.from(rows) };
  };

  test.each([frameLength, 3000, 8399, 8400, 20_000, 31_999])(
    'is the window under the latest frames, after %d samples',
    (length) => {
      const all = Math.floor((length - frameLength) / hop) + 1;
      const first = Math.max(0, all - frames) * hop;
      const window = speech.subarray(first, (all - 1) * hop + frameLength);
      expect(heard(length).inputs).toEqual(inputs([window]));
    },
  );

  test('shows its features as they come', () => {
    expect(heard(20_000).rows).toEqual(createFbank(options).compute(speech.subarray(0, 20_000)).data);
  });

  test('has nothing to say before its first frame', () => {
    const pieces = stream();
    pieces.push(speech.subarray(0, frameLength - 1));
    expect(() => pieces.inputs()).toThrow(/shorter than one analysis window.*at least 400.*got 399/);
  });
});

describe('refused', () => {
  const { inputs } = echo(options, frames).frontEnd(undefined);
  const codeOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (AudiozooError.isInstance(error)) return error.code;
      throw error;
    }
    return undefined;
  };

  test('a clip that makes no frame', () => {
    expect(codeOf(() => inputs([speech, new Float32Array(399)]))).toBe('audio-too-short');
  });

  test('a clip that is not finite', () => {
    expect(codeOf(() => inputs([Float32Array.from(speech).fill(Number.NaN, 700, 701)]))).toBe('audio');
  });

  test.each([
    ['useEnergy', true],
    ['usePower', false],
    ['snipEdges', false],
    ['subtractMean', true],
    ['dither', 1],
  ])('%s: %j, which the filter bank outside can', (name, value) => {
    const model = echo({ ...options, [name]: value }, frames);
    expect(() => model.parameters(undefined)).toThrow(`option ${name} cannot be served inside a model`);
  });

  test('frames too long for a matrix', () => {
    const model = echo({ sampleRate: 768_000 }, frames);
    expect(codeOf(() => model.parameters(undefined))).toBe('argument');
  });
});
