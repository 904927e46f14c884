// The page as a person uses it, and what it logs meanwhile.

import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { claimGpu } from '../../../testing/chromium/claim-gpu.js';

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

export interface ApplicationPageOptions extends BrowserContextOptions {
  /** Whether a WebGPU adapter in software calls itself a GPU where the application looks for one. */
  readonly claimsGpu?: boolean;
}

/** For a machine that does much else at the same time. */
const patience = 120_000;

export async function openApplication(
  browser: Browser,
  url: string,
  { claimsGpu = false, ...options }: ApplicationPageOptions = {},
): Promise<ApplicationPage> {
  const context = await browser.newContext({ ...options, ...(claimsGpu && { serviceWorkers: 'block' }) });
  if (claimsGpu) await claimGpuInWorkers(context);
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

/** Workers run no initial script of Playwright's. Service workers would fetch theirs past the route. */
async function claimGpuInWorkers(context: BrowserContext): Promise<void> {
  await context.route('**/classifier-worker*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${claimGpu})();${await response.text()}` });
  });
}
