// Long sound in a browser gives what it gives in Node.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { logitTolerance } from '@audiozoo/core/testing';
import { classMetrics, hearEvents, loadClassifier, type SoundEvent } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser, type TestBrowser } from '../../../testing/chromium/browser.js';
import { type FileServer, serveFiles } from '../../../testing/file-server.js';
import { bytesOf, wavFile } from '../../../testing/wav-file.js';
import { assembleRecording } from './long-recording.js';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const hop = 0.2;
/** The plain-loop backend sums in another order than onnxruntime. */
const scoreTolerance = logitTolerance.float32;

describe.skipIf(!chromiumPath)('in Chromium (needs Chromium)', () => {
  let browser: TestBrowser;
  let server: FileServer;
  beforeAll(async () => {
    browser = await launchBrowser({ root: join(import.meta.dirname, '..') });
    server = await serveFiles();
    for (const name of ['config.json', 'preprocessor_config.json', 'model.safetensors']) {
      server.files.set(`/digits/${name}`, await readFile(join(model, name)));
    }
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  test('windows, events and an ensemble with a worker are as in Node', async () => {
    const { samples, sampleRate, digits } = await assembleRecording(['en-us-f2']);
    const part = { samples: samples.slice(0, Math.round((digits[1]!.end + 0.5) * sampleRate)), sampleRate };
    server.files.set(
      '/recording.wav',
      wavFile(bytesOf(part.samples), { format: 'float', bits: 32, sampleRate }),
    );
    const page = await browser.open<typeof import('./pages/windows.js')>('test/pages/windows.ts');
    const found = await page.call('hearTogether', `${server.url}/digits`, `${server.url}/recording.wav`, hop);

    const backend = onnxruntimeNode({ device: 'cpu' });
    const classifier = await loadClassifier(model, { models: [ast], backend });
    const windows = await classifier.classify(part, { aggregate: 'none', topK: 12 });
    expect(found.windows.length).toBe(windows.length);
    for (const [place, { start, end, labels }] of windows.entries()) {
      expect(found.windows[place]).toMatchObject({ start, end });
      for (const { index, score } of labels) {
        const there = found.windows[place]!.labels.find((label) => label.index === index)!;
        expect(Math.abs(there.score - score)).toBeLessThan(scoreTolerance);
      }
    }
    const events: SoundEvent[] = [];
    for await (const event of hearEvents(classifier, part, { hop, threshold: { on: 0.8 } }))
      events.push(event);
    await classifier.dispose();
    expect(events.map(({ label }) => label)).toEqual(
      expect.arrayContaining([digits[0]!.label, digits[1]!.label]),
    );
    expect(found.events.map(({ label, start, end }) => [label, start, end])).toEqual(
      events.map(({ label, start, end }) => [label, start, end]),
    );
  });

  test('a model for another input length has the logits that it has in Node', async () => {
    const frames = 96;
    const clip = join(model, 'clips/7_seven.wav');
    server.files.set('/clip.wav', await readFile(clip));
    const page = await browser.open<typeof import('./pages/windows.js')>('test/pages/windows.ts');
    const there = await page.call('logitsOfLength', `${server.url}/digits`, `${server.url}/clip.wav`, frames);

    const backend = onnxruntimeNode({ device: 'cpu' });
    const classifier = await loadClassifier(model, { models: [ast], backend, size: { frames } });
    const { data } = await classifier.logits([clip]);
    await classifier.dispose();
    const differences = there.map((logit, index) => Math.abs(logit - data[index]!));
    expect(differences).toHaveLength(12);
    expect(Math.max(...differences)).toBeLessThan(logitTolerance.float32);
  });

  test('metrics are those of Node', async () => {
    const scores = [0.9, 0.4, 0.4, 0.2, 0.7];
    const targets = [1, 0, 1, 0, 0];
    const page = await browser.open<typeof import('./pages/windows.js')>('test/pages/windows.ts');
    expect(await page.call('metricsOf', scores, targets)).toEqual(
      classMetrics(Float64Array.from(scores), Uint8Array.from(targets)),
    );
  });
});
