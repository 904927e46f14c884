import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chromiumPath } from '../../../testing/chromium/browser.js';
import { listeningPages, tenSounds } from '../../../testing/chromium/listening-page.js';

describe.skipIf(!chromiumPath)('<audiozoo-listener> in Chromium (needs Chromium)', () => {
  let pages: Awaited<ReturnType<typeof listeningPages>>;
  beforeAll(async () => {
    pages = await listeningPages(join(import.meta.dirname, '..'), '7_seven');
  });
  afterAll(() => pages?.close());

  test('hears, with another model when its attribute changes, until it is taken away', async () => {
    const { page, openMicrophones, workers } = await pages.open();
    const listener = page.locator('audiozoo-listener');
    await listener.getByRole('button', { name: 'Listen' }).click();
    await listener.locator('li', { hasText: /^seven 9\d %/ }).waitFor();
    expect([workers(), await openMicrophones()]).toEqual([1, 1]);

    const heard = await listener.evaluate(
      (element) =>
        new Promise<string>((resolve) => {
          element.addEventListener('heard', (event) =>
            resolve((event as CustomEvent<{ labels: { label: string }[] }>).detail.labels[0]!.label),
          );
          element.setAttribute('model', './ten-sounds');
        }),
    );
    expect(heard).toMatch(tenSounds);
    await vi.waitFor(async () => expect([workers(), await openMicrophones()]).toEqual([1, 1]));

    await listener.evaluate((element) => element.remove());
    await vi.waitFor(async () => expect([workers(), await openMicrophones()]).toEqual([0, 0]));
  });

  test('says why it cannot hear', async () => {
    const { page } = await pages.open();
    const listener = page.locator('audiozoo-listener');
    await listener.evaluate((element) => element.setAttribute('model', './nowhere'));
    await listener.getByRole('button', { name: 'Listen' }).click();
    await listener.getByRole('status').filter({ hasText: 'nowhere' }).waitFor();
    expect(await listener.getByRole('button').textContent()).toBe('Listen');
  });
});
