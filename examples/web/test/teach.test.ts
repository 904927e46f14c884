// The page that teaches, built and in a real browser: from recordings to a model that tells what it never heard.

import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { codecs } from '@audiozoo/codecs';
import { readAudio } from '@audiozoo/features/audio';
import { loadClassifier } from '@audiozoo/tasks';
import { unzipSync } from 'fflate';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath } from '../../../testing/chromium/browser.js';
import { wavOf } from '../src/teach/wav.js';
import { accessibilityFaults, faultsInLooks } from './accessibility.js';
import { type BuiltApplication, buildApplication } from './served-application.js';

const fixtures = join(import.meta.dirname, 'fixtures/esc10');
const digits = join(import.meta.dirname, '../../../models/spoken-digits');
const screenshots = join(import.meta.dirname, 'screenshots');
const labels = ['fire', 'rain', 'rooster'];
const flags = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
/** For a machine that does much else at the same time. */
const patience = 60_000;

describe.skipIf(!chromiumPath)('teaching, in Chromium (needs Chromium)', { timeout: 120_000 }, () => {
  let application: BuiltApplication;
  let server: { readonly url: string; close(): Promise<void> };
  let folder: string;
  let microphone: string;
  let browser: Browser;
  let errors: string[] = [];
  let dialogs: string[] = [];
  let names: readonly string[];

  const clips = (kind: 'taught' | 'held-out', label: string) =>
    names.filter((name) => name.startsWith(`${kind}-${label}-`)).map((name) => join(fixtures, name));

  /** What the microphone hears from its next opening on, over and over. */
  async function speak(clip: string): Promise<void> {
    const audio = await readAudio(clip, { decoders: codecs });
    await writeFile(`${microphone}.next`, wavOf(audio));
    await rename(`${microphone}.next`, microphone);
  }

  async function open(): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    errors = [];
    dialogs = [];
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.type());
      void dialog.accept();
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(new URL('teach.html', server.url).href);
    return page;
  }

  const card = (page: Page, label: string) => page.locator('.sound').nth(labels.indexOf(label));
  const hears = (page: Page, label: string) =>
    page.locator('#heard', { hasText: new RegExp(`^${label}$`) }).waitFor();

  async function nameSounds(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Add a sound' }).press('Enter');
    for (const [place, label] of labels.entries()) {
      await page.getByLabel(`Name of sound ${place + 1}`, { exact: true }).fill(label);
    }
  }

  const addFiles = (page: Page, label: string) =>
    card(page, label).locator('input[type=file]').setInputFiles(clips('taught', label));

  /** Drops files from the disk onto a card, as the browser itself does. */
  async function dropFiles(page: Page, label: string): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const box = (await card(page, label).boundingBox())!;
    const place = { x: box.x + box.width / 2, y: box.y + 10 };
    const data = { items: [], files: clips('taught', label), dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, ...place, data });
    }
  }

  async function teach(page: Page): Promise<string> {
    await page.locator('#teach:enabled').press('Enter'); // a press does not wait for that, as a click does
    return learned(page);
  }

  async function learned(page: Page): Promise<string> {
    const failed = page.locator('#teach-notice').getByRole('alert');
    const done = page.locator('#teach-status', { hasText: /^Learned from/ });
    await done.or(failed).first().waitFor();
    if (await failed.isVisible()) throw new Error(`Teaching failed: ${await failed.textContent()}`);
    return (await done.textContent())!;
  }

  async function tryFile(page: Page, path: string, label: string): Promise<void> {
    await page.locator('#sound-file').setInputFiles(path);
    await page.locator('#spectrogram canvas[aria-label*="seconds"]').waitFor();
    await hears(page, label);
  }

  async function save(page: Page): Promise<string> {
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save it (.zip)' }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe('my-sounds.zip');
    const path = join(folder, 'my-sounds.zip');
    await download.saveAs(path);
    return path;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiozoo-teach-test-'));
    names = await readdir(fixtures);
    await mkdir(screenshots, { recursive: true });
    microphone = join(folder, 'microphone.wav');
    await speak(clips('taught', 'rooster')[0]!);
    application = await buildApplication();
    server = await application.serve();
    browser = await chromium.launch({
      executablePath: chromiumPath!,
      args: [
        ...flags,
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-audio-capture=${microphone}`,
      ],
    });
  }, 120_000);

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(errors).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await application?.remove();
    if (folder) await rm(folder, { recursive: true });
  });

  test('learns three sounds of ten recordings, and tells those that it never heard', async () => {
    const page = await open();
    await nameSounds(page);
    await dropFiles(page, 'fire');
    await addFiles(page, 'rain');
    const record = card(page, 'rooster').locator('.record');
    for (const clip of clips('taught', 'rooster')) {
      await speak(clip);
      await record.press('Enter');
      await page.locator('.record', { hasText: /Stop 2\.[0-9]/ }).waitFor();
      await page.keyboard.press('Enter');
      await page.locator('.record', { hasText: 'Stop' }).waitFor({ state: 'detached' });
    }
    for (const label of ['fire', 'rain']) {
      expect(await card(page, label).locator('.amount').textContent()).toBe('7.5 s in 3 recordings');
    }
    expect(await card(page, 'rooster').locator('.amount').textContent()).toMatch(
      /^(8|9|1\d)\.\d s in 4 recordings$/,
    );

    const report = await teach(page);
    expect(report).toMatch(/from \d+ clips of 1\.3 s, in [\d.]+ s\. Of 3 recordings .* told [23] right/);
    expect(Number(await page.locator('#curves span.loss').textContent())).toBeLessThan(0.3);
    expect(await page.locator('#curves path.right').getAttribute('d')).toMatch(/^M 0.0000 .* L 1.0000 /);

    await speak(clips('held-out', 'rooster')[0]!);
    await page.getByRole('button', { name: 'Listen', exact: true }).press('Enter');
    await page.locator('#timeline li', { hasText: 'rooster' }).first().waitFor();
    await page.screenshot({ path: join(screenshots, 'teach-live.png'), fullPage: true });
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Listen', exact: true }).waitFor();
    for (const label of labels) {
      for (const clip of clips('held-out', label)) await tryFile(page, clip, label);
    }
    await page.screenshot({ path: join(screenshots, 'teach-heard.png'), fullPage: true });
    expect(await accessibilityFaults(page)).toEqual([]);

    // What was saved is a model directory for everybody else.
    const entries = unzipSync(await readFile(await save(page)));
    for (const [path, bytes] of Object.entries(entries)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    const backend = onnxruntimeNode({ device: 'cpu' });
    const directory = join(folder, 'my-sounds');
    const classifier = await loadClassifier(directory, { models: [ast], backend, decoders: codecs });
    try {
      for (const label of labels) {
        for (const clip of clips('held-out', label)) {
          const [best] = await classifier.classify(clip, { aggregate: 'mean' });
          expect([clip, best!.label]).toEqual([clip, label]);
        }
      }
    } finally {
      await classifier.dispose();
    }
    const table = await readFile(join(directory, 'clips.csv'), 'utf8');
    expect(table.split('\n').filter((row) => row.includes('rooster'))).toHaveLength(4);
  });

  test('without a network it is taught, corrected by a click, saved and opened again', async () => {
    const page = await open();
    await page.locator('#beginning-name', { hasText: 'Spoken digits' }).waitFor();
    await page.locator('#arrival-text', { hasText: 'The page is kept' }).waitFor();
    await server.close();
    try {
      await page.reload();
      await page.getByRole('heading', { name: 'Teach it your sounds' }).waitFor();
      await nameSounds(page);
      for (const label of labels) await addFiles(page, label);
      await teach(page);
      const seven = join(digits, 'clips/7_seven.wav');
      await page.locator('#sound-file').setInputFiles(seven);
      await page.locator('#bars li:visible').first().waitFor();
      const best = await page.locator('#bars li:visible .name').first().textContent();
      const right = best === 'rain' ? 'fire' : 'rain';
      await page.locator('#correction').getByRole('button', { name: right }).press('Enter');
      await hears(page, right);
      await learned(page);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(right); // no longer the same button
      expect(await card(page, right).locator('.amount').textContent()).toMatch(/in 4 recordings/);

      const saved = await save(page);
      await page.reload();
      expect(dialogs).toEqual([]);
      await page.locator('#saved').setInputFiles(saved);
      await page.getByText('It knows fire, rain, rooster.').waitFor();
      expect(await card(page, right).locator('.amount').textContent()).toMatch(/in 4 recordings/);
      await tryFile(page, seven, right);
      await tryFile(page, clips('held-out', 'rooster')[0]!, 'rooster');
    } finally {
      server = await application.serve();
    }
  });

  test('says what is missing, fits wide and narrow screens, and leads to the other page and back', async () => {
    const page = await open();
    const status = page.locator('#teach-status');
    const begin = page.getByRole('button', { name: 'Teach it' });
    expect([await status.textContent(), await begin.isDisabled()]).toEqual([
      expect.stringContaining('It takes two sounds'),
      true,
    ]);
    await nameSounds(page);
    await addFiles(page, 'fire');
    await page.getByText('There is nothing to hear of rain yet.').waitFor();
    await page.getByLabel('Name of sound 2').fill('fire');
    await page.getByText('Two sounds are called fire.').waitFor();
    await card(page, 'rain')
      .locator('input[type=file]')
      .setInputFiles({
        name: 'diary.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('Dear diary, this is not a sound.'),
      });
    await page.locator('#sound-notice').getByRole('alert').waitFor();
    expect(await faultsInLooks(page, (look) => join(screenshots, `teach-${look}.png`))).toEqual([]);
    await page.getByRole('link', { name: 'What does it hear?' }).click();
    await page.getByRole('heading', { name: 'What does it hear?' }).waitFor();
    expect(dialogs).toEqual(['beforeunload']); // recordings would be lost
    await page.getByRole('link', { name: 'Teach it' }).click();
    await page.getByRole('heading', { name: 'Teach it your sounds' }).waitFor();
  });
});
