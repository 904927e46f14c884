import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumPath } from '../../testing/chromium/browser.js';

/** The title that a page gives itself: index.html of `folder`, whose files are the whole site. */
export async function titleInChromium(folder: string): Promise<string> {
  if (!chromiumPath) throw new Error('Chromium is not installed.');
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.route('http://localhost/**', (route) =>
      route.fulfill({ path: join(folder, new URL(route.request().url()).pathname) }),
    );
    await page.goto('http://localhost/index.html');
    const titled = page.waitForFunction('document.title').then((title) => title.jsonValue());
    const title = await titled.catch((error) => {
      throw new Error([...errors, String(error)].join('\n'));
    });
    return String(title);
  } finally {
    await browser.close();
  }
}
