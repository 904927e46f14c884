// The page as a person uses it, and what it logs meanwhile.

import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core';

export interface ApplicationPage {
  readonly page: Page;
  /** Errors logged or thrown so far. */
  readonly errors: string[];
  /** Waits until the model has been loaded and measured. */
  ready(): Promise<void>;
  /** Presses the button of a bundled clip. */
  sayClip(word: string): Promise<void>;
  /** Waits for the answer in large letters. */
  hears(label: string): Promise<void>;
  /** Drops files from the disk onto the page, as the browser itself does. */
  drop(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** For a machine that does much else at the same time. */
const patience = 60_000;

export async function openApplication(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ApplicationPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);

  let session: CDPSession | undefined;
  return {
    page,
    errors,
    async ready() {
      const failed = page.locator('#model-notice').getByRole('alert');
      await page.getByText('× real time').or(failed).first().waitFor();
      if (await failed.isVisible()) throw new Error(`The model failed: ${await failed.textContent()}`);
    },
    async sayClip(word) {
      await page.getByRole('button', { name: word, exact: true }).click();
    },
    async hears(label) {
      await page.locator('#heard', { hasText: new RegExp(`^${label}$`) }).waitFor();
    },
    async drop(paths) {
      session ??= await context.newCDPSession(page);
      const data = { items: [], files: [...paths], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
        await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
      }
    },
    close: () => context.close(),
  };
}
