import { readFile } from 'node:fs/promises';
import { ced, readConfig, writeConfig } from '@audiozoo/ced';
import type { JsonObject } from '@audiozoo/core';
import { audiosetLabels } from '@audiozoo/core/labels';
import { describe, expect, test } from 'vitest';
import { referencePath } from './golden-cases.js';

const file = async (name: string) =>
  JSON.parse(await readFile(referencePath(`toy-hf/${name}`), 'utf8')) as JsonObject;
const config = await file('config.json');
const preprocessor = await file('preprocessor_config.json');

describe("the port's config.json", () => {
  test('is read with its front end', () => {
    expect(readConfig(config, preprocessor)).toMatchObject({
      ...{ embedDim: 128, depth: 2, heads: 2, mlpDim: 512, patchSize: 16, melBins: 64, frames: 1012 },
      ...{ sampleRate: 16_000, fftLength: 512, windowLength: 512, hopLength: 160, highFrequency: 8000 },
      problemType: 'multi_label_classification',
    });
  });

  test('is overruled in its sizes by a published name', () => {
    const named = readConfig({ ...config, name: 'ced-small', embed_dim: 128, num_heads: 2 }, preprocessor);
    expect(named).toMatchObject({ embedDim: 384, heads: 6 });
  });

  test('gets the names whole that it has cut at commas', async () => {
    const read = readConfig(config, preprocessor);
    expect(new Set(read.labels.map(({ name }) => name)).size).toBe(524);
    expect((await ced.completeConfig!(read)).labels).toEqual(audiosetLabels);
  });

  test('keeps names of its own', async () => {
    const labels = audiosetLabels.map(({ name }) => ({ name: `${name}!` }));
    const read = { ...readConfig(config, preprocessor), labels };
    expect((await ced.completeConfig!(read)).labels).toEqual(labels);
  });

  test.each([
    [{ pooling: 'token' }, 'pooling in config.json does not fit'],
    [{ patch_stride: 10 }, 'patch_stride in config.json does not fit'],
    [{ num_heads: 3 }, 'num_heads in config.json does not fit'],
    [{ outputdim: 50 }, 'outputdim in config.json does not fit'],
    [{ target_length: 15 }, 'target_length in config.json does not fit'],
  ])('is refused with %j', (change, message) => {
    expect(() => readConfig({ ...config, ...change }, preprocessor)).toThrow(message);
  });

  test('comes back as it was written', () => {
    const read = readConfig(config, preprocessor);
    const written = writeConfig(read);
    expect(readConfig(written.config, written.preprocessorConfig)).toEqual(read);
  });
});
