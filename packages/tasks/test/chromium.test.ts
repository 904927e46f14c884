// Loading, workers and the microphone in a real browser. The backend is the plain-loop one: what runs the
// models there is backend-web's to test.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logitTolerance } from '@audiozoo/core/testing';
import { readAudio } from '@audiozoo/features/audio';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  chromiumPath,
  launchBrowser,
  type TestBrowser,
  type TestPage,
} from '../../../testing/chromium/browser.js';
import { type FileServer, serveFiles } from '../../../testing/file-server.js';
import { wav16 } from '../../../testing/wav-file.js';

type Exports = typeof import('./pages/loading.js');
type Page = TestPage<Exports>;

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const trained = join(import.meta.dirname, 'fixtures/spoken-digits');
const modelFiles = ['config.json', 'preprocessor_config.json', 'model.safetensors'];
const spoken = ['three', 'seven', 'nine'];
const spokenClips = ['3_three.wav', '7_seven.wav', '9_nine.wav'];

describe.skipIf(!chromiumPath)('in Chromium (needs Chromium)', () => {
  let folder: string;
  let browser: TestBrowser;
  let page: Page;
  let server: FileServer;
  let clip: string;
  let digits: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-chromium-'));
    const microphone = join(folder, 'microphone.wav');
    await writeFile(microphone, await spokenWav(spokenClips));
    browser = await launchBrowser({ root: join(import.meta.dirname, '..') }, [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphone}`,
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    [page, server] = await Promise.all([browser.open<Exports>('test/pages/loading.ts'), startServer()]);
    clip = `${server.url}/clip.wav`;
    digits = `${server.url}/digits`;
  });
  afterEach(async () => {
    await page.page.context().close();
    await server.close();
  });

  /** Another visit: the page anew, and then no network. */
  async function offlineVisit(): Promise<void> {
    await page.page.reload();
    await page.page.waitForFunction('window.exports');
    await page.call('prepare', clip);
    await page.page.context().setOffline(true);
  }

  describe.each([
    ['knows ranges', { ranges: true, expose: 'Content-Range, ETag', etag: '"1"' }],
    ['knows ranges, but hides what it says of them', { ranges: true }],
    ['ignores ranges', {}],
  ])('a model on another server that %s', (_, manners) => {
    beforeEach(() => {
      server.manners = manners;
    });

    test('is loaded, kept, and loads again without a network', async () => {
      const first = await page.call('classifyHere', digits, clip);
      expect(first).toMatchObject({
        label: 'seven',
        from: { 'config.json': 'network', 'model.safetensors': 'network' },
      });
      await offlineVisit();
      const second = await page.call('classifyHere', digits, clip);
      expect(second.error).toBeUndefined();
      expect(second.logits).toEqual(first.logits);
      expect(second.from).toEqual({
        'config.json': 'cache',
        'preprocessor_config.json': 'cache',
        'model.safetensors': 'cache',
      });
    });
  });

  test('a model loads again while its server is down', async () => {
    const first = await page.call('classifyHere', digits, clip);
    await page.call('prepare', clip);
    await server.close();
    const second = await callUnheeded(page, 'classifyHere', digits, clip);
    expect(second.logits).toEqual(first.logits);
    expect(second.from['model.safetensors']).toBe('cache');
  });

  test('a model that changed on its server is fetched anew', async () => {
    server.manners = { ranges: true, expose: 'Content-Range, ETag', etag: '"1"' };
    await page.call('classifyHere', digits, clip);
    expect((await page.call('classifyHere', digits, clip)).from['model.safetensors']).toBe('cache');
    server.manners = { ...server.manners, etag: '"2"' };
    expect((await page.call('classifyHere', digits, clip)).from['model.safetensors']).toBe('network');
  });

  test('a model with a known SHA-256 is read from what was kept without asking the server', async () => {
    const integrity = { 'config.json': await sha256(server.files.get('/digits/config.json')!) };
    await page.call('classifyHere', digits, clip, { integrity });
    server.log.length = 0;
    await page.call('classifyHere', digits, clip, { integrity });
    expect(server.log.filter((line) => line.includes('/digits/config.json'))).toEqual([]);
  });

  test('nothing is kept when told so, nor after forgetting', async () => {
    await page.call('classifyHere', digits, clip, { cache: false });
    expect(await page.call('keptFiles')).toEqual([]);
    await page.call('classifyHere', digits, clip);
    expect(await page.call('keptFiles')).toHaveLength(6);
    await page.call('forgetDownloads');
    expect(await page.call('keptFiles')).toEqual([]);
    await offlineVisit();
    const { error } = await callUnheeded(page, 'classifyHere', digits, clip);
    expect(error?.code).toBe('file');
    expect(error?.message).toContain('cannot be reached');
  });

  test.each([
    ['breaks off', { ranges: true, breakAfter: 900_000 }, undefined, 'broke off'],
    [
      'is not what was expected',
      { ranges: true },
      { 'model.safetensors': 'a'.repeat(64) },
      'is not the file that was expected',
    ],
  ])('of a download that %s nothing is kept', async (_, manners, integrity, message) => {
    server.manners = manners;
    const { error } = await callUnheeded(page, 'classifyHere', digits, clip, { integrity });
    expect(error).toMatchObject({ code: 'file', message: expect.stringContaining(message) });
    expect(await callUnheeded(page, 'keptFiles')).toHaveLength(4); // the two JSON files and their descriptions
  });

  test('of a download that is aborted nothing is kept', async () => {
    server.manners = { stallAfter: 1_000_000 };
    const { error } = await page.call('abortMidway', digits, clip);
    expect(error?.message).toBe('Error: enough');
    expect(await page.call('keptFiles')).toHaveLength(4);
  });

  test('chosen files are a model', async () => {
    const { label } = await page.call(
      'classifyFiles',
      modelFiles.map((name) => `${digits}/${name}`),
      clip,
    );
    expect(label).toBe('seven');
  });

  test('a dropped folder is a model', async () => {
    await page.call('awaitDrop');
    await drop(page, [model]);
    expect(await page.call('droppedNames')).toEqual(['README.md', ...modelFiles].sort());
    expect(await page.call('classifyDropped', clip)).toMatchObject({ label: 'seven' });
  });

  describe('a worker', () => {
    test('runs a model from an address relative to the page', async () => {
      const { pathname } = new URL(page.page.url());
      const relative = `/@fs${model}`;
      expect(pathname).not.toContain('@fs');
      const { label, error } = await page.call('classifyInWorker', relative, clip);
      expect(error).toBeUndefined();
      expect(label).toBe('seven');
    });

    test('converts an official checkpoint to the logits of the official code', async () => {
      const { labels, mean, std, clips } = JSON.parse(
        await readFile(join(trained, 'spoken-digits.json'), 'utf8'),
      ) as {
        labels: string[];
        mean: number;
        std: number;
        clips: { file: string; logits: number[] }[];
      };
      const { file, logits: expected } = clips[7]!;
      server.files.set('/digits.pth', await readFile(join(trained, 'spoken-digits.pth')));
      server.files.set('/clip.wav', await readFile(join(trained, file)));
      const conversion = {
        labels: labels.map((name) => ({ name })),
        settings: { fstride: 16, tstride: 16, frames: 128, mean, std },
      };
      const checkpoint = `${server.url}/digits.pth`;
      const { logits, error, from } = await page.call('classifyInWorker', { checkpoint, conversion }, clip);
      expect(error).toBeUndefined();
      expect(from).toEqual({ 'digits.pth': 'checkpoint' });
      const differences = expected.map((logit, index) => Math.abs(logit - logits![index]!));
      expect(Math.max(...differences)).toBeLessThan(logitTolerance.float32);
    });

    test('leaves the page free to draw while it runs', async () => {
      // One run keeps its thread from everything else: in the page's own it would leave a frame or two.
      expect(await page.call('framesDrawn', digits)).toBeGreaterThan(5);
    });

    test('that fails rejects what waits for it', async () => {
      const { thrown, missing } = await callUnheeded(page, 'crash', digits);
      for (const { error } of [thrown, missing]) {
        expect(error).toMatchObject({
          code: 'runtime',
          message: expect.stringContaining('the worker failed'),
        });
      }
    });
  });

  describe('a microphone', () => {
    test('is listened to until all digits have been recognized', async () => {
      const { heard, times, frames, tracks } = await page.call('hear', digits, spoken);
      expect(heard).toEqual(expect.arrayContaining(spoken));
      expect(times.every((time, index) => time > (times[index - 1] ?? 0))).toBe(true);
      expect(frames).toBeGreaterThan(times.at(-1)! * 99 - 10); // 100 frames a second
      expect(tracks).toEqual(['live']);
    });
  });
});

test.skipIf(!chromiumPath)(
  'a page that may not use the microphone says so (needs Chromium)',
  async () => {
    const browser = await launchBrowser({ root: join(import.meta.dirname, '..') }, [
      '--use-fake-device-for-media-stream',
    ]);
    try {
      const page: Page = await browser.open('test/pages/loading.ts');
      const { error } = await page.call('microphoneError');
      expect(error).toMatchObject({
        code: 'device',
        message: expect.stringContaining('may not use the microphone'),
      });
    } finally {
      await browser.close();
    }
  },
  60_000,
);

async function startServer(): Promise<FileServer> {
  const server = await serveFiles();
  for (const name of modelFiles) server.files.set(`/digits/${name}`, await readFile(join(model, name)));
  server.files.set('/clip.wav', await readFile(join(model, 'clips/7_seven.wav')));
  server.manners = { ranges: true };
  return server;
}

/** Calls a function of the page although browsers log failed requests as its errors, whoever handles them. */
function callUnheeded<Name extends keyof Exports>(
  { page }: Page,
  name: Name,
  ...values: Parameters<Exports[Name]>
): Promise<Awaited<ReturnType<Exports[Name]>>> {
  return page.evaluate(
    ([name, values]) =>
      (window as unknown as { exports: Record<string, (...values: unknown[]) => never> }).exports[name]!(
        ...values,
      ),
    [name, values] as const,
  );
}

async function sha256(content: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(content));
  return `sha256-${Buffer.from(digest).toString('base64')}`;
}

/** Drops files or folders of this machine onto the middle of the page. */
async function drop({ page }: Page, files: readonly string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
  }
}

/** The clips as one WAV file (16 bit, mono), each with a second of silence behind it. */
async function spokenWav(clips: readonly string[]): Promise<Uint8Array> {
  const rate = 16000;
  const sounds = await Promise.all(
    clips.map((name) => readAudio(join(model, 'clips', name), { resampleTo: rate })),
  );
  const samples = sounds.flatMap((sound) => [...sound.samples, ...new Float32Array(rate)]);
  return wav16(
    samples.map((sample) => Math.round(sample * 32767)),
    { sampleRate: rate },
  );
}
