// Spectrograms inside a model, in the float32 of a runtime: against torchaudio, and against the one outside.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type AnyModel, AudiozooError, type Tensor, tensor } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { featureTolerance, randomTensor } from '@audiozoo/core/testing';
import {
  createFbank,
  createMelSpectrogram,
  type FbankOptions,
  type MelSpectrogramInput,
  overMelSpectrogram,
  spectrogramFrontEnd,
  type WaveformInput,
  withSpectrogram,
} from '@audiozoo/features';
import { describe, expect, test } from 'vitest';
import { differences, readArray, readSamples } from './fixture.js';
import { randomCases } from './mel-spectrogram-cases.js';
import { settings } from './mel-spectrogram-settings.js';
import { cases, optionsOf, toleranceOf } from './torchaudio-cases.js';

/** Between clips alone and in a batch, which a runtime may multiply in another order. */
const batchTolerance = 1e-3;
/** Against libraries in float64, as a share of the loudest where no logarithm is taken. */
const libraryTolerance = 1e-3;
/** Where bands hold what float32 rounds off. */
const quietTolerance = { maximum: 2e-2, mean: 1e-3 };

const unserved = ['useEnergy', 'usePower', 'subtractMean', 'dither'];
const isServed = (options: FbankOptions) => !unserved.some((name) => Object.hasOwn(options, name));

/** A model that gives its features back, in the form that hears sound. */
function echo(input: WaveformInput): AnyModel {
  const extractor = 'fbank' in input ? createFbank(input.fbank) : createMelSpectrogram(input.melSpectrogram);
  const shape = [input.frames, extractor.columns];
  const model: AnyModel = {
    type: 'echo',
    readConfig: () => undefined,
    parameters: () => ({}),
    inputs: () => ({ features: { shape } }),
    outputs: () => ({ features: { shape } }),
    build: (_ops, _weights, { features }) => ({ features: features! }),
    frontEnd: () =>
      'fbank' in input
        ? spectrogramFrontEnd(extractor, input)
        : overMelSpectrogram(() => input).frontEnd(undefined),
  };
  return withSpectrogram(model, () => input);
}

const ofFbank = (fbank: FbankOptions, frames: number, { mean = 0, scale = 1 } = {}) =>
  echo({ name: 'features', fbank, frames, mean, scale });

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
const noise = randomTensor([40_000], 1, 0.1).data;
const speech = readSamples('fbank/speech_2s.wav');
const [frames, columns, hop, frameLength] = [50, 40, 160, 400];

describe('a filter bank inside a model', () => {
  test.each(cases.filter((reference) => isServed(optionsOf(reference))))(
    'gives the features of torchaudio: $name',
    async (reference) => {
      const expected = readArray(`fbank/${reference.name}.npy`);
      const form = ofFbank(optionsOf(reference), expected.shape[0]!);
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
    const features = await hear(ofFbank(its, expected.frames), speech);
    expect(differences(features, expected.data).largest).toBeLessThan(featureTolerance.maximum);
  });

  test.each([frameLength, frameLength + hop - 1, frameLength + hop, 5000, 8399, 8400, 30_000])(
    'cuts, or pads with zeros, what it makes of %d samples',
    async (length) => {
      const clip = speech.subarray(0, length);
      const expected = new Float32Array(frames * columns);
      expected.set(createFbank(options).compute(clip).data.subarray(0, expected.length));
      const features = await hear(ofFbank(options, frames), clip);
      expect(differences(features, expected).largest).toBeLessThan(featureTolerance.maximum);
      expect(features.map((value) => Number(value === 0))).toEqual(
        expected.map((value) => Number(value === 0)),
      );
    },
  );

  test('keeps clips of a batch apart, whatever their lengths', async () => {
    const form = ofFbank(options, frames);
    const clips = [frameLength, 20_000, 3000].map((length, index) => speech.subarray(index, index + length));
    const alone = await Promise.all(clips.map((clip) => hear(form, clip)));
    const together = await hear(form, ...clips);
    const expected = Float32Array.from(alone.flatMap((features) => [...features]));
    expect(differences(together, expected).largest).toBeLessThan(batchTolerance);
  });

  test('does not hear what follows a clip', async () => {
    const form = ofFbank(options, frames);
    const { samples, lengths } = form.frontEnd(undefined).inputs([speech.subarray(0, 5000)]);
    const noisy = tensor('float32', samples!.shape, samples!.data.slice().fill(0.5, 5000));
    const features = await run(form, { samples: noisy, lengths: lengths! });
    const quiet = await run(form, { samples: samples!, lengths: lengths! });
    expect(differences(features, quiet).largest).toBe(0);
  });

  test('subtracts the mean from the padding too, and scales', async () => {
    const clip = speech.subarray(0, 5000);
    const plain = await hear(ofFbank(options, frames), clip);
    const normalized = await hear(ofFbank(options, frames, { mean: -4, scale: 0.125 }), clip);
    const expected = plain.map((value) => (value + 4) * 0.125);
    expect(differences(normalized, expected).largest).toBeLessThan(1e-6);
  });

  test('stays in float32 where the model computes in float16', async () => {
    const form = ofFbank(options, frames);
    const inputs = form.frontEnd(undefined).inputs([speech]);
    expect(await run(form, inputs, 'float16')).toEqual(await run(form, inputs));
  });
});

/** A mel spectrogram inside a model, and what its front end outside makes of clips. */
function bothOf(input: Omit<MelSpectrogramInput, 'name'>) {
  const named = { name: 'features', ...input };
  return { form: echo(named), usual: overMelSpectrogram(() => named).frontEnd(undefined) };
}

const plain = { mean: 0, scale: 1 };

describe('a mel spectrogram inside a model', () => {
  test.each(randomCases.filter(({ options }, index) => options.power !== 1 && index % 3 === 0))(
    'is that of $library: $options',
    async ({ options, heard, shape, expected }) => {
      const form = echo({ name: 'features', melSpectrogram: options, frames: shape[0], ...plain });
      const features = await hear(form, heard());
      const scale = options.log === 'none' ? Math.max(1, ...expected) : 1;
      expect(differences(features, expected).largest / scale).toBeLessThan(libraryTolerance);
    },
  );

  test.each(Object.entries(settings))(
    'has the frames of clips of any length, as %s hears them',
    async (_, its) => {
      const frames = 60;
      const hop = its.hopLength!;
      const { form, usual } = bothOf({ melSpectrogram: its, frames, padding: -7, ...plain });
      const most = usual.maxSamples;
      const lengths = [
        usual.minSamples,
        usual.minSamples + 1,
        20 * hop - 1,
        20 * hop,
        20 * hop + 1,
        most - 1,
        most,
      ];
      const clips = lengths.map((length, from) => noise.subarray(from, from + length));
      const expected = usual.inputs(clips).features!;
      const inputs = form.frontEnd(undefined).inputs(clips);
      const features = await run(form, inputs);
      expect(differences(features, expected.data).largest).toBeLessThan(featureTolerance.maximum);
      expect(await run(form, inputs, 'float16')).toEqual(features);
    },
  );

  test.each([
    ['silence', () => new Float32Array(9000)],
    ['an impulse', () => new Float32Array(9000).fill(1, 4000, 4001)],
    ['loud sound', () => noise.subarray(0, 9000).map((sample) => Math.sign(sample))],
    [
      'quiet sound behind loud sound',
      () => noise.subarray(0, 9000).map((x, index) => (index < 900 ? x : x * 1e-4)),
    ],
  ])('hears %s as it is heard outside', async (_, makeSound) => {
    for (const its of [settings.ced, settings.mn, settings.unfusedClap]) {
      const { form, usual } = bothOf({ melSpectrogram: its, frames: 60, ...plain });
      const sound = makeSound();
      const expected = usual.inputs([sound]).features!.data;
      const { largest, mean } = differences(await hear(form, sound), expected);
      expect(largest).toBeLessThan(quietTolerance.maximum);
      expect(mean).toBeLessThan(quietTolerance.mean);
    }
  });

  test.each(['zeros', 'none', 'reflect'] as const)('goes on behind the ends with %s', async (padding) => {
    for (const preemphasis of [0, 0.9]) {
      const its = { ...settings.ced, padding, preemphasis, topDb: undefined };
      const { form, usual } = bothOf({ melSpectrogram: its, frames: 40, ...plain });
      const clips = [usual.minSamples + 3, 3333, usual.maxSamples].map((length) => noise.subarray(0, length));
      const expected = usual.inputs(clips).features!.data;
      expect(differences(await hear(form, ...clips), expected).largest).toBeLessThan(
        featureTolerance.maximum,
      );
    }
  });

  test('goes on as silence, where that is heard, and does not hear what follows a clip', async () => {
    for (const preemphasis of [0, 0.9]) {
      const its = { ...settings.ced, topDb: 40, preemphasis };
      const silentRest = { minFrames: 16, clipFrames: 60 };
      const whole = { frames: 48, silentRest, padding: -100, ...plain };
      const { form, usual } = bothOf({ melSpectrogram: its, ...whole });
      const { minSamples, maxSamples } = usual;
      const clips = [minSamples, 5000, 48 * 160 - 160 + preemphasis, maxSamples].map((length) =>
        noise.slice(0, Math.ceil(length)),
      );
      clips[3]!.fill(1, maxSamples - 700); // what is loudest comes after the frames that are heard
      const expected = usual.inputs(clips).features!.data;
      const { samples, lengths } = form.frontEnd(undefined).inputs(clips);
      const features = await run(form, { samples: samples!, lengths: lengths! });
      expect(differences(features, expected).largest).toBeLessThan(featureTolerance.maximum);
      const noisy = tensor(
        'float32',
        samples!.shape,
        samples!.data.slice().fill(0.5, minSamples, maxSamples),
      );
      expect(await run(form, { samples: noisy, lengths: lengths! })).toEqual(features);
    }
  });

  test('repeats shorter clips as many whole times as fit', async () => {
    const repeatTo = 8000;
    const melSpectrogram = settings.unfusedClap;
    const form = echo({ name: 'features', melSpectrogram, frames: 17, repeatTo, ...plain });
    const clips = [1, 7, 999, 1000, 1001, 2667, 4000, 4001, 7999, 8000].map((length) =>
      noise.subarray(0, length),
    );
    const expected = clips.flatMap((clip) => {
      const copies = new Float32Array(repeatTo);
      const count = Math.floor(repeatTo / clip.length);
      for (let copy = 0; copy < count; copy++) copies.set(clip, copy * clip.length);
      return [...createMelSpectrogram(melSpectrogram).compute(copies).data];
    });
    const samples = new Float32Array(clips.length * repeatTo);
    for (const [index, clip] of clips.entries()) samples.set(clip, index * repeatTo);
    const features = await run(form, {
      samples: tensor('float32', [clips.length, repeatTo], samples),
      lengths: tensor(
        'float32',
        [clips.length],
        Float32Array.from(clips, ({ length }) => length),
      ),
    });
    expect(differences(features, expected).largest).toBeLessThan(quietTolerance.maximum);
  });

  test('hears of sound that comes in pieces the latest that fits, from a multiple of a hop on', () => {
    const form = echo({ name: 'features', melSpectrogram: settings.ced, frames: 30, ...plain });
    const { inputs, stream, maxSamples } = form.frontEnd(undefined);
    const pieces = stream();
    pieces.push(noise.subarray(0, 3000));
    expect(pieces.inputs()).toEqual(inputs([noise.subarray(0, 3000)]));
    pieces.push(noise.subarray(3000, 20_001));
    const from = Math.ceil((20_001 - maxSamples) / 160) * 160;
    expect(pieces.inputs()).toEqual(inputs([noise.subarray(from, 20_001)]));
  });
});

describe('sound that comes in pieces', () => {
  const { frontEnd } = ofFbank(options, frames);
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
      const window = speech.subarray(first, length);
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
  const { inputs } = ofFbank(options, frames).frontEnd(undefined);
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
    ['subtractMean', true],
    ['dither', 1],
  ])('%s: %j, which the filter bank outside can', (name, value) => {
    const model = ofFbank({ ...options, [name]: value }, frames);
    expect(() => model.parameters(undefined)).toThrow(
      new RegExp(`option ${name} cannot be served inside a model.* Have the features made outside\\.`),
    );
  });

  test.each([
    ['power', 1],
    ['floor', 1e-40],
  ])('%s: %j, which the mel spectrogram outside can', (name, value) => {
    const melSpectrogram = { ...settings.frameMn, [name]: value };
    const model = echo({ name: 'features', melSpectrogram, frames, ...plain });
    expect(() => model.parameters(undefined)).toThrow(`option ${name} cannot be served inside a model`);
  });

  test.each([
    ['clips whose places float32 cannot tell apart', { frames: 60_000 }],
    ['copies of more samples than a remainder is exact of', { frames: 10, repeatTo: 2 ** 22 + 1 }],
  ])('%s', (_, its) => {
    const melSpectrogram = { ...settings.mn, hopLength: 320 };
    const model = echo({ name: 'features', melSpectrogram, ...its, ...plain });
    expect(codeOf(() => model.parameters(undefined))).toBe('argument');
  });

  test('frames too long for a matrix', () => {
    const model = ofFbank({ sampleRate: 768_000 }, frames);
    expect(codeOf(() => model.parameters(undefined))).toBe('argument');
  });
});
