// What the server answers when all is well: the bundled model over a real socket.

import { readdirSync } from 'node:fs';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { byStart, hearEvents, type LocalClassifier, loadClassifier, type SoundEvent } from '@audiozoo/tasks';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf, wavFile } from '../../../testing/wav-file.js';
import { clip, digits, serve } from './served.js';

let classifier: LocalClassifier;
beforeAll(async () => {
  const backend = onnxruntimeNode({ device: 'cpu' });
  classifier = await loadClassifier(digits, { models: [ast], backend });
});
afterAll(() => classifier.dispose());

const serveDigits = () => serve({ classifiers: new Map([['digits', classifier]]) });

/** Seconds of silence, and the same clip at these seconds. */
function recording(seconds: number, name: string, ...at: number[]): Uint8Array {
  const samples = new Int16Array(seconds * 22_050);
  const spoken = clip(name).subarray(44);
  const values = new Int16Array(spoken.buffer.slice(spoken.byteOffset), 0, spoken.length >> 1);
  for (const start of at) samples.set(values, Math.round(start * 22_050));
  return wavFile(bytesOf(samples), { format: 'int', bits: 16, sampleRate: 22_050 });
}

const clips = readdirSync(`${digits}/clips`).map((file) => file.replace('.wav', ''));

test.each(clips)('%s is heard right, in a form and as a bare body', async (name) => {
  const { send, sendForm } = await serveDigits();
  const responses = [
    await sendForm('/v1/classify?topK=2', { file: clip(name) }),
    await send('/v1/classify?topK=2', clip(name)),
    await send('/v1/classify?topK=2', new Blob([clip(name)]).stream()), // of unknown length
  ];
  const labels = await classifier.classify(`${digits}/clips/${name}.wav`, { topK: 2 });
  expect(labels[0]!.label).toBe(name.split('_')[name.startsWith('unknown') ? 0 : 1]);
  for (const response of responses) {
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ model: 'digits', seconds: expect.any(Number), labels });
  }
});

test('labels are five when nobody says how many', async () => {
  const { send } = await serveDigits();
  const response = await send('/v1/classify', clip('7_seven'));
  const { labels } = (await response.json()) as { labels: unknown[] };
  expect(labels).toHaveLength(5);
});

test('a part of a recording, and all of it by windows, are heard as the classifier hears them', async () => {
  const { send } = await serveDigits();
  const sound = recording(40, '3_three', 2); // which is too large for memory
  const labelsOf = async (query: string) => {
    const response = await send(`/v1/classify?${query}`, sound);
    return ((await response.json()) as { labels: { label: string }[] }).labels;
  };
  const blob = new Blob([sound as BlobPart]);
  expect(await labelsOf('start=2&duration=1')).toEqual(
    await classifier.classify(blob, { start: 2, duration: 1 }),
  );
  const max = { aggregate: 'max', hop: 0.5 } as const;
  expect(await labelsOf('aggregate=max&hop=0.5')).toEqual(await classifier.classify(blob, max));
  expect((await labelsOf('aggregate=max&hop=0.5')).map(({ label }) => label)).toContain('three');
});

test('events are those that the classifier finds', async () => {
  const { sendForm } = await serveDigits();
  const sound = recording(5, '3_three', 1, 3);
  const query = 'threshold=0.8&window=1&hop=0.25&minDuration=0.1';
  const response = await sendForm(`/v1/events?${query}`, { file: sound });
  const body = (await response.json()) as { seconds: number; events: SoundEvent[] };
  const expected: SoundEvent[] = [];
  const options = { threshold: { on: 0.8 }, window: 1, hop: 0.25, minDuration: 0.1 };
  for await (const event of hearEvents(classifier, new Blob([sound as BlobPart]), options))
    expected.push(event);
  expect(body).toEqual({ model: 'digits', seconds: 5, events: expected.sort(byStart) });
  expect(body.events.filter(({ label }) => label === 'three')).toHaveLength(2);
});

test('the models are told, and one of them can be asked by its name', async () => {
  const { url, send } = await serve({
    classifiers: new Map([
      ['first', classifier],
      ['second', classifier],
    ]),
  });
  const { models } = (await (await fetch(`${url}/v1/models`)).json()) as {
    models: Record<string, unknown>[];
  };
  expect(models.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(models[0]).toMatchObject({
    device: classifier.device,
    problemType: 'multi_label_classification',
    sampleRate: 16_000,
    minSeconds: 0.025,
    labels: classifier.labels,
  });
  const modelOf = async (query: string) =>
    ((await (await send(`/v1/classify${query}`, clip('7_seven'))).json()) as { model: string }).model;
  expect(await modelOf('')).toBe('first');
  expect(await modelOf('?model=second')).toBe('second');
});

test('it says that it is well, and counts what it heard', async () => {
  const { url, send, metric } = await serveDigits();
  const health = await fetch(`${url}/healthz`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  await send('/v1/classify', clip('7_seven'));
  await send('/v1/classify', new Uint8Array(10));
  const answered = (status: number) =>
    metric(`audiozoo_requests_total{route="/v1/classify",method="POST",status="${status}"}`);
  expect([await answered(200), await answered(422)]).toEqual([1, 1]);
  expect(await metric('audiozoo_clips_total{model="digits"}')).toBe(1);
  expect(await metric('audiozoo_audio_seconds_total{model="digits"}')).toBeCloseTo(0.919, 3);
  expect(await metric('audiozoo_request_duration_seconds_count{route="/v1/classify"}')).toBe(2);
  expect(await metric('audiozoo_queue_length')).toBe(0);
  expect(await metric('process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('its OpenAPI document is valid, names every route, and is shown as a page', async () => {
  const { url } = await serveDigits();
  const document = (await (await fetch(`${url}/documentation/json`)).json()) as { paths: object };
  expect(await new Validator().validate(document)).toEqual({ valid: true });
  expect(Object.keys(document.paths)).toEqual([
    '/v1/classify',
    '/v1/events',
    '/v1/zero-shot',
    '/v1/embed',
    '/v1/listen',
    '/v1/models',
    '/healthz',
  ]);
  const page = await fetch(`${url}/documentation`);
  expect([page.status, page.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ]);
});
