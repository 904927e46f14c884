// What is asked with words, and what is asked for as numbers: of a small CLAP and of the bundled model.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { clap } from '@audiozoo/clap';
import { readNpy } from '@audiozoo/core';
import {
  type LocalClassifier,
  loadClassifier,
  loadWordReader,
  type ScoredLabel,
  type WordReader,
  zeroShotClassifier,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import { clip, digits, problemOf, root, serve } from './served.js';

const directory = join(root, 'packages/clap/test/fixtures/clap/unfused-tiny');
const speech = readFileSync(join(root, 'packages/clap/test/fixtures/clap/speech_3s_48k.wav'));
const silence = wav16(new Array(2 * 16_000).fill(0)); // longer than the bundled model hears

const loading = { models: [ast, clap], backend: onnxruntimeNode({ device: 'cpu' }) };
let classifiers: ReadonlyMap<string, LocalClassifier>;
let readers: ReadonlyMap<string, WordReader>;
beforeAll(async () => {
  const [spoken, tiny] = [await loadClassifier(digits, loading), await loadClassifier(directory, loading)];
  classifiers = new Map([
    ['digits', spoken],
    ['clap', tiny],
  ]);
  readers = new Map([['clap', await loadWordReader(directory, loading)]]);
});
afterAll(async () => {
  for (const loaded of [...readers.values(), ...classifiers.values()]) await loaded.dispose();
});
const served = () => serve({ classifiers, readers });
const labelsIn = async (response: Response) => {
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return (JSON.parse(text) as { labels: ScoredLabel[] }).labels;
};
const queryOf = (words: Readonly<Record<string, readonly string[]>>) => {
  const query = new URLSearchParams();
  for (const [name, texts] of Object.entries(words)) for (const text of texts) query.append(name, text);
  return query;
};
const closely = (labels: readonly ScoredLabel[]) =>
  labels.map(({ score, ...label }) => ({ ...label, score: expect.closeTo(score, 5) }));

describe('words that come with the request', () => {
  test.each([
    ['share the scores', { label: ['a dog barking', 'someone speaks', 'rain'] }],
    ['stand against others', { label: ['a dog barking', 'rain'], against: ['silence', 'noise'] }],
    ['have a template', { label: ['a dog', 'rain'], template: ['I hear {}, only {}.'] }],
  ])('%s as those of a zero-shot classifier', async (_title, words: Record<string, string[]>) => {
    const { send } = await served();
    const expected = await zeroShotClassifier(directory, {
      ...loading,
      labels: words.label!,
      against: words.against,
      template: words.template?.[0],
    });
    try {
      const labels = await expected.classify(new Blob([speech]));
      for (let asked = 0; asked < 2; asked++) {
        const response = await send(`/v1/zero-shot?${queryOf(words)}`, speech); // the usual model reads none
        expect(await labelsIn(response)).toEqual(closely(labels));
      }
      for (const aggregate of ['mean', 'max'] as const) {
        const response = await send(
          `/v1/zero-shot?${queryOf(words)}&window=2&aggregate=${aggregate}`,
          speech,
        );
        const ofWindows = await expected.classify(new Blob([speech]), { aggregate, window: 2 });
        expect(await labelsIn(response)).toEqual(closely(ofWindows));
      }
    } finally {
      await expected.dispose();
    }
  });

  test.each([
    ['missing', '', 'label'],
    ['empty', 'label=', 'label'],
    ['without a place in the template', 'label=rain&template=nothing', 'has no place for a label'],
    ['too long', `label=${'x'.repeat(201)}`, 'label'],
    ['too many', queryOf({ label: new Array(101).fill('rain') }).toString(), 'label'],
    ['more than the model reads', `label=${'wind+'.repeat(39)}&template=${'{}'.repeat(50)}`, 'model reads'],
    ['not for the model', 'label=rain&model=digits', 'digits reads no words: expected clap'],
  ])('are refused where they are %s', async (_title, query, said) => {
    const { send } = await served();
    expect((await problemOf(await send(`/v1/zero-shot?${query}`, speech), 400)).detail).toContain(said);
  });

  test('are refused by a server whose models read none, and labels by a model that has none', async () => {
    const plain = await serve({ classifiers: new Map([['digits', classifiers.get('digits')!]]) });
    const problem = await problemOf(await plain.send('/v1/zero-shot?label=rain', speech), 400);
    expect(problem).toMatchObject({ what: 'digits reads no words', option: 'model' });
    const { send, url } = await served();
    for (const path of ['/v1/classify', '/v1/events']) {
      const { what } = await problemOf(await send(`${path}?model=clap`, speech), 400);
      expect(what).toContain('this model has no head');
    }
    const { models } = (await (await fetch(`${url}/v1/models`)).json()) as {
      models: { readsWords: boolean }[];
    };
    expect(models.map(({ readsWords }) => readsWords)).toEqual([false, true]);
  });
});

describe('an embedding', () => {
  const npy = { headers: { 'content-type': 'audio/wav', accept: 'application/x-npy' } };

  test.each(['digits', 'clap'])('of %s is that of its model, as JSON and as .npy', async (model) => {
    const { send, metric } = await served();
    const sound = model === 'digits' ? clip('7_seven') : speech;
    const expected = await classifiers.get(model)!.embed(new Blob([sound]));
    const answer = await (await send(`/v1/embed?model=${model}`, sound)).json();
    expect(answer).toEqual({ model, seconds: expect.any(Number), embedding: Array.from(expected) });
    const file = await send(`/v1/embed?model=${model}`, sound, npy);
    expect(file.headers.get('content-type')).toBe('application/x-npy');
    const { dtype, shape, data } = readNpy(new Uint8Array(await file.arrayBuffer()));
    expect({ dtype, shape, data }).toEqual({ dtype: 'float32', shape: [expected.length], data: expected });
    const answered = 'audiozoo_requests_total{route="/v1/embed",method="POST",status="200"}';
    expect(await metric(answered)).toBe(2);
  });

  test('of longer sound is refused unless somebody says how, and problems stay JSON', async () => {
    const { send } = await served();
    const problem = await problemOf(await send('/v1/embed', silence, npy), 413);
    expect(problem.detail).toContain('aggregate');
    const response = await send('/v1/embed?aggregate=mean', silence);
    const expected = await classifiers
      .get('digits')!
      .embed(new Blob([silence as BlobPart]), { aggregate: 'mean' });
    expect(await response.json()).toMatchObject({ seconds: 2, embedding: Array.from(expected) });
  });

  test.each([
    ['application/json, application/x-npy;q=0.5', 'application/json'],
    ['application/x-npy;q=0.9, application/json;q=0.1', 'application/x-npy'],
    ['*/*', 'application/json'],
    ['application/x-npy;q=0', 'application/json'],
  ])('for %s comes as %s', async (accept, type) => {
    const { send } = await served();
    const headers = { 'content-type': 'audio/wav', accept };
    const response = await send('/v1/embed', clip('7_seven'), { headers });
    expect(response.headers.get('content-type')).toContain(type);
  });
});
