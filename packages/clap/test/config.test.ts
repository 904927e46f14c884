import { readFile } from 'node:fs/promises';
import { clap } from '@audiozoo/clap';
import type { InputSize, JsonObject, Tensor } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import { referencePath } from './golden-cases.js';

const read = async (name: string): Promise<JsonObject> =>
  JSON.parse(await readFile(referencePath(name), 'utf8'));
const [unfused, fused] = [await read('unfused/config.json'), await read('fused/config.json')];
const [cropping, fusing] = [
  await read('unfused/preprocessor_config.json'),
  await read('fused/preprocessor_config.json'),
];
const audio = (changes: JsonObject, config = unfused): JsonObject => ({
  ...config,
  audio_config: { ...(config.audio_config as JsonObject), ...changes },
});

describe('the config of the tower of sound', () => {
  test('has the defaults of transformers where keys are absent', () => {
    const config = clap.readConfig({}, { truncation: 'rand_trunc' });
    expect(config).toMatchObject({
      projectionDim: 512,
      embedDim: 96,
      depths: [2, 2, 6, 2],
      heads: [4, 8, 16, 32],
      fusion: false,
      clipSamples: 480_000,
      sampleRate: 48_000,
    });
    expect(clap.inputs(config)).toEqual({ input_features: { shape: [1001, 64], fullPrecision: true } });
  });

  test.each<[string, JsonObject, JsonObject, RegExp]>([
    ['another activation', audio({ hidden_act: 'relu' }), cropping, /hidden_act/],
    [
      'another activation of the projection',
      audio({ projection_hidden_act: 'gelu' }),
      cropping,
      /projection_hidden_act/,
    ],
    [
      'patches without their norm',
      audio({ enable_patch_layer_norm: false }),
      cropping,
      /enable_patch_layer_norm/,
    ],
    [
      'other stages than heads',
      audio({ num_attention_heads: [2, 2] }),
      cropping,
      /num_attention_heads.*4 numbers/,
    ],
    [
      'heads that do not divide their width',
      audio({ num_attention_heads: [2, 2, 4, 7] }),
      cropping,
      /divisors of 128/,
    ],
    [
      'depths that are no numbers',
      audio({ depths: ['two', 1, 2, 2] }),
      cropping,
      /depths.*1 to 8 whole numbers/,
    ],
    [
      'an image that is no multiple of the bands',
      audio({ spec_size: 250 }),
      cropping,
      /multiple of num_mel_bins 64/,
    ],
    ['an image that does not split into windows', audio({ window_size: 7 }), cropping, /whole windows/],
    [
      'an image too small for the clip',
      unfused,
      { ...cropping, nb_max_samples: 960_000 },
      /holds 2001 frames/,
    ],
    [
      'more inner channels than there are',
      audio({ aff_block_r: 17 }, fused),
      fusing,
      /aff_block_r.*at most 16/,
    ],
    [
      'other bands than the extractor',
      unfused,
      { ...cropping, feature_size: 80 },
      /feature_size.*64 as num_mel_bins/,
    ],
    ['a spectrogram of the other kind', unfused, fusing, /truncation.*what enable_fusion says.*fusion/],
    ['padding that is not repeated sound', unfused, { ...cropping, padding: 'pad' }, /padding/],
    ['a section that is none', { ...unfused, audio_config: 'small' }, cropping, /audio_config.*an object/],
  ])('refuses %s', (_, config, extractor, message) => {
    const reading = () => clap.readConfig(config, extractor);
    expect(reading).toThrow(expect.objectContaining({ code: 'model' }));
    expect(reading).toThrow(message);
  });
});

describe('the config of the tower of words', async () => {
  const { model } = await clap.textTower!();
  const text = (changes: JsonObject) =>
    model.readConfig({ ...unfused, text_config: { ...(unfused.text_config as JsonObject), ...changes } }, {});

  test.each<[string, JsonObject, RegExp]>([
    ['heads that do not divide the width', { num_attention_heads: 7 }, /divisor of 48/],
    ['another activation', { hidden_act: 'relu' }, /hidden_act/],
    ['padding that is no token', { pad_token_id: 1e6 }, /a token of the vocabulary/],
    ['no room for a text', { max_position_embeddings: 3 }, /at least 4/],
  ])('refuses %s', (_, changes, message) => {
    expect(() => text(changes)).toThrow(message);
  });
});

describe('what is said of how long sound is heard', () => {
  const config = clap.readConfig(unfused, cropping);
  const { resizing } = clap;

  test('is the middle, or where it is told', () => {
    const ramp = Float32Array.from({ length: 480_400 }, (_, at) => Math.sin(at * at * 1e-6));
    const heard = (size: InputSize) =>
      clap.frontEnd(resizing!.config(config, size)).inputs([ramp]).input_features;
    const data = ({ data }: Tensor) => data;
    expect(data(heard({})!)).toEqual(data(heard({ cropOffset: 200 })!));
    expect(data(heard({})!)).not.toEqual(data(heard({ cropOffset: 400 })!));
  });

  test.each([
    ['what the other kind of model takes', { isLonger: true }, /does not fuse/],
    ['half a sample', { cropOffset: 0.5 }, /whole number from 0/],
    ['what lies before the sound', { cropOffset: -1 }, /whole number from 0/],
  ])('cannot be %s', (_, size, message) => {
    expect(() => resizing!.config(config, size)).toThrow(message);
    expect(() => resizing!.config(config, size)).toThrow(/Leave it out to hear the usual part\./);
  });

  test('cannot be a crop past the end, and the error says how to mend it', () => {
    const past = clap.frontEnd(resizing!.config(config, { cropOffset: 10 }));
    expect(() => past.inputs([new Float32Array(480_005)])).toThrow(
      /past the end.*expected 0 to 5, got 10\. Leave it out/,
    );
  });
});

test('the published checkpoints are those of LAION, each with what it is for', async () => {
  const entries = await (clap.zoo as () => Promise<readonly { name: string }[]>)();
  expect(entries.map(({ name }) => name)).toEqual([
    'clap-htsat-unfused',
    'clap-htsat-fused',
    'larger_clap_general',
    'larger_clap_music',
    'larger_clap_music_and_speech',
  ]);
  for (const entry of entries) {
    expect(entry).toMatchObject({ license: 'Apache-2.0', repository: `laion/${entry.name}` });
    expect(entry).toMatchObject({ description: expect.stringMatching(/^words and .*, in one space$/) });
  }
});
