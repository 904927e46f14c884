import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath } from '../../../testing/chromium/browser.js';
import { listeningPages, tenSounds } from '../../../testing/chromium/listening-page.js';

describe.skipIf(!chromiumPath)('the hooks in Chromium (needs Chromium)', () => {
  let pages: Awaited<ReturnType<typeof listeningPages>>;
  beforeAll(async () => {
    pages = await listeningPages(join(import.meta.dirname, '..'), '7_seven');
  });
  afterAll(() => pages?.close());

  test('hear in StrictMode, with one model and one microphone, which close with the component', async () => {
    const { page, openMicrophones, workers } = await pages.open();
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.locator('li', { hasText: /^seven 9\d %/ }).waitFor();
    expect(await openMicrophones()).toBe(1);
    expect(workers()).toBe(1);

    // Another model takes its place.
    await page.getByLabel('Model').selectOption('./ten-sounds');
    await page.locator('li', { hasText: tenSounds }).first().waitFor();
    await vi.waitFor(async () => expect([workers(), await openMicrophones()]).toEqual([1, 1]));

    await page.getByLabel('Shown').uncheck();
    await vi.waitFor(async () => expect([workers(), await openMicrophones()]).toEqual([0, 0]));
  });

  test('show why there is no model', async () => {
    const { page } = await pages.open('?model=./nowhere');
    await page.getByRole('alert').filter({ hasText: 'nowhere' }).waitFor();
    expect(await page.getByRole('button', { name: 'Listen' }).isDisabled()).toBe(true);
  });
});
