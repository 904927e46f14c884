import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { tensor } from '@audiozoo/core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults } from '../../../examples/web/test/accessibility.js';
import { chromiumPath } from '../../../testing/chromium/browser.js';
import { judgeLogits } from '../src/fine-tune/judgement.js';
import {
  createLoss,
  type FineTuned,
  fineTune,
  memoryFolder,
  modelCard,
  recipes,
  reportPage,
  type TrainingClip,
  trainingLog,
} from '../src/index.js';
import { worstMistakes } from '../src/report/mistakes.js';

const labels = ['low hum', 'high hum', '<script>"&\'`|*'].map((name) => ({ name }));

/** A hum of so many hertz in some noise, half a second long. */
function hum(name: string, label: number, hertz: number): TrainingClip {
  return {
    ...{ name, labels: [label] },
    async sound(sampleRate, { maxSamples = Infinity }) {
      const samples = new Float32Array(Math.min(sampleRate / 2, maxSamples));
      return samples.map(
        (_, index) => 0.3 * Math.sin((2 * Math.PI * hertz * index) / sampleRate) + 0.1 * Math.sin(index ** 2),
      );
    },
  };
}

const pitches = [200, 2000, 6000];
const train = {
  labels,
  clips: pitches.flatMap((hertz, label) =>
    Array.from({ length: 4 }, (_, take) => hum(`take ${take} of ${label}`, label, hertz * (1 + take / 20))),
  ),
};
const validation = {
  labels,
  clips: [
    ...pitches.map((hertz, label) => hum(`judged ${label}`, label, hertz * 1.07)),
    hum('<img src=x onerror=alert(1)> | "named" badly', 0, 6000),
  ],
};

const folder = memoryFolder('hums');
let tuned: FineTuned;
beforeAll(async () => {
  tuned = await fineTune({
    from: 'models/spoken-digits',
    models: [ast],
    backend: onnxruntimeNode({ device: 'cpu', threads: 1 }),
    ...{ train, validation, out: folder },
    recipe: { ...recipes.head, epochs: 12, batchSize: 4 },
  });
});

async function textOf(name: string): Promise<string> {
  const file = await folder.open(name);
  return new TextDecoder().decode(await file!.read(0, file!.size));
}

test('the log has a line of JSON for each epoch', async () => {
  const lines = (await textOf('log.jsonl')).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    tuned.epochs.map(({ epoch, learningRate, loss, validation }) => ({
      ...{ epoch, learningRate, loss, validationLoss: validation!.loss },
      ...{ accuracy: validation!.accuracy, mAP: validation!.mAP },
    })),
  );
  expect(lines).toHaveLength(12);
});

test('the log leaves out what nobody judged, and has no NaN, which is no JSON', () => {
  expect(trainingLog([{ epoch: 1, learningRate: 0.1, loss: Number.NaN }])).toBe(
    '{"epoch":1,"learningRate":0.1,"loss":null}\n',
  );
});

/** Scores of clips as they were judged, and their labels, in the place of what was trained. */
function judgedAs(labels: readonly (readonly number[])[], scores: readonly (readonly number[])[]): FineTuned {
  const logits = tensor('float32', [scores.length, 3], Float32Array.from(scores.flat(), Math.log));
  const clips = labels.map((each, index) => ({ ...hum(`judged ${index}`, 0, 440), labels: each }));
  const judgement = judgeLogits(logits, clips, {
    ...{ loss: createLoss({ kind: 'ce' }, 3), problemType: 'single_label_classification' },
  });
  return { ...tuned, clips: { ...tuned.clips, validation: clips }, judgement };
}

const rowOf = (card: string, name: string) =>
  card
    .split('\n')
    .find((line) => line.includes(name))!
    .split(' | ')
    .slice(2)
    .map((cell) => cell.replace(' |', '').replaceAll('\u00a0', ' '));

test('precision and recall are of the class that is heard first', () => {
  const card = modelCard(
    judgedAs(
      [[0], [0], [0], [1]],
      [
        [0.8, 0.1, 0.1],
        [0.5, 0.3, 0.2],
        [0.2, 0.7, 0.1],
        [0.1, 0.8, 0.1],
      ],
    ),
  );
  expect(rowOf(card, 'low hum')).toEqual(['3', '100.0 %', '66.7 %', '100.0 %']);
  expect(rowOf(card, 'high hum')).toEqual(['1', '50.0 %', '100.0 %', '100.0 %']);
  expect(rowOf(card, 'script')).toEqual(['0', '–', '–', '–']);
});

test('where clips have several labels, precision and recall are of scores from a half on', () => {
  const card = modelCard(
    judgedAs(
      [[0, 1], [0], [1]],
      [
        [0.6, 0.4, 0.0001],
        [0.3, 0.7, 0.0001],
        [0.2, 0.8, 0.0001],
      ],
    ),
  );
  expect(rowOf(card, 'low hum')).toEqual(['2', '100.0 %', '50.0 %', '100.0 %']);
  expect(rowOf(card, 'high hum')).toEqual(['2', '50.0 %', '50.0 %', '83.3 %']);
});

test('mistakes are those where a wrong class comes before a right one, the furthest first', () => {
  const mistakes = worstMistakes(
    judgedAs(
      [[0], [0], [1], [0, 2], [0, 1]],
      [
        [0.4, 0.5, 0.1],
        [0.6, 0.3, 0.1],
        [0.9, 0.05, 0.05],
        [0.5, 0.26, 0.24],
        [0.5, 0.4, 0.1],
      ],
    ),
  );
  expect(mistakes.map(({ clip, heard, missed }) => [clip.name, heard, missed])).toEqual([
    ['judged 2', 0, 1],
    ['judged 0', 1, 0],
    ['judged 3', 1, 2],
  ]);
  expect(mistakes[0]!.heardScore).toBeCloseTo(0.9);
});

test('the card has a head that Hugging Face reads, and what the model is and was made of', async () => {
  const card = await textOf('README.md');
  expect(card).toBe(modelCard(tuned));
  const [, head] = card.split('---\n');
  expect(head).toBe(`library_name: transformers
pipeline_tag: audio-classification
tags:
  - "audiozoo"
  - "audio-classification"
  - "audio-spectrogram-transformer"
metrics:
  - "accuracy"
  - "mAP"
`);
  expect(card).toContain('Begun from `models/spoken-digits`');
  expect(card).toContain('- seed: 0');
  expect(card).toContain(JSON.stringify(tuned.recipe, undefined, 2));
  expect(card).toContain('classifier.layernorm.eps = 0.00001');
  expect(card).not.toMatch(/^licen[cs]e:/m);
});

test('the config has Python open it in float32, though it was begun from float16', async () => {
  expect(JSON.parse(await textOf('config.json')).torch_dtype).toBe('float32');
});

test('names of strangers stay inside of their cells', () => {
  const rows = modelCard(tuned)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(7);
  expect(rows[2]).toMatch(/^\| ``<script>"&'`\\\|\*`` \|/);
});

test('an address is told without its key', async () => {
  const from = 'https://somebody:secret@models.example/ast/?key=secret#secret';
  for (const text of [modelCard({ ...tuned, from }), await reportPage({ ...tuned, from })]) {
    expect(text).toContain('https://models.example/ast/');
    expect(text).not.toContain('secret');
  }
});

test('without clips to judge by there are curves and no figures', async () => {
  const unjudged = {
    ...{ ...tuned, judgement: undefined, clips: { ...tuned.clips, validation: [] } },
    epochs: tuned.epochs.map(({ validation: _, ...rest }) => rest),
  };
  const page = await reportPage(unjudged);
  expect(page).toContain('Loss');
  expect(page).not.toContain('validation');
  expect(page).not.toContain('Mistakes');
  expect(modelCard(unjudged)).toContain('No clips were kept back to judge it by.');
  expect(modelCard(unjudged)).not.toContain('metrics:');
});

test('a clip that is gone since is no reason to lose the report, but an abort ends it', async () => {
  const gone = (clip: TrainingClip): TrainingClip => ({
    ...clip,
    sound: () => Promise.reject(new Error('gone')),
  });
  const mistaken = judgedAs([[0]], [[0.1, 0.8, 0.1]]);
  const lost = { ...mistaken, clips: { ...mistaken.clips, validation: mistaken.clips.validation.map(gone) } };
  expect(await reportPage(lost)).toContain('It cannot be heard any more.');
  await expect(reportPage(lost, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
});

test('many classes are told by the pairs that are confused most', async () => {
  const many = Array.from({ length: 61 }, (_, index) => ({ name: `sound ${index}` }));
  const clips = many.map(({ name }, label) => ({ ...hum(name, label, 440) }));
  const logits = tensor('float32', [61, 61], new Float32Array(61 * 61));
  clips.forEach((_, row) => {
    logits.data[row * 61 + (row === 7 ? 9 : row)] = 5;
  });
  const judgement = judgeLogits(logits, clips, {
    ...{ loss: createLoss({ kind: 'ce' }, 61), problemType: 'single_label_classification' },
  });
  const page = await reportPage({
    ...{ ...tuned, labels: many, judgement },
    clips: { training: clips, validation: clips },
  });
  expect(page).not.toContain('Confusion matrix');
  expect(page).toContain('<bdi>sound 7</bdi> heard as <bdi>sound 9</bdi>');
});

describe.skipIf(!chromiumPath)('in Chromium (needs Chromium)', () => {
  let browser: Browser;
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'audiozoo-report-'));
    await writeFile(join(place, 'report.html'), await textOf('report.html'));
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(place, { recursive: true });
  });

  async function open(colorScheme: 'light' | 'dark', width: number) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
    const page = await context.newPage();
    const unwanted: string[] = [];
    page.on('console', (message) => unwanted.push(message.text()));
    page.on('dialog', (dialog) => unwanted.push(dialog.message()));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) unwanted.push(request.url());
    });
    await page.goto(pathToFileURL(join(place, 'report.html')).href);
    return { page, unwanted };
  }

  for (const [colorScheme, width] of [
    ['light', 1200],
    ['dark', 1200],
    ['light', 360],
  ] as const) {
    test(`the page keeps nobody out and stays in its place (${colorScheme}, ${width} wide)`, async () => {
      const { page, unwanted } = await open(colorScheme, width);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(unwanted).toEqual([]);
      await page.close();
    });
  }

  test('names of strangers are text', async () => {
    const { page, unwanted } = await open('light', 1200);
    expect(await page.locator('script, img').count()).toBe(0);
    expect(await page.locator('.figures bdi', { hasText: '<script>"&\'`|*' }).count()).toBe(1);
    expect(
      await page
        .locator('.mistakes bdi', { hasText: '<img src=x onerror=alert(1)> | "named" badly' })
        .count(),
    ).toBe(1);
    expect(await page.locator('pre').textContent()).toBe(JSON.stringify(tuned.recipe, undefined, 2));
    expect(unwanted).toEqual([]);
    await page.close();
  });

  test('a mistake can be listened to', async () => {
    const { page } = await open('light', 1200);
    const seconds = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const audio = document.querySelector('audio')!;
          audio.addEventListener('loadedmetadata', () => resolve(audio.duration));
          audio.addEventListener('error', () => resolve(audio.error?.message));
          audio.load();
        }),
    );
    expect(seconds).toBe(0.5);
    await page.close();
  });
});
