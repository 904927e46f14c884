import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2, A and AA, with its sizes of targets, and what axe holds for good practice. */
const rules: RunOptions = {
  runOnly: {
    type: 'tag',
    values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  },
};

/** What axe finds on the page, grave or not: each fault with the elements that have it. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const { violations } = await page.evaluate((options) => {
    const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
    return axe.run(options);
  }, rules);
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary})`).join('; ')}`,
  );
}

/** Looks that people ask their browser for; 640 pixels are a window of 1280 at 200 %, 320 at 400 %. */
export const looks = [
  { look: 'light', width: 1280, height: 900, colorScheme: 'light' },
  { look: 'dark', width: 1280, height: 900, colorScheme: 'dark' },
  { look: 'forced-colors', width: 1280, height: 900, colorScheme: 'light', forcedColors: 'active' },
  { look: 'zoom-200', width: 640, height: 450, colorScheme: 'light' },
  { look: 'phone', width: 390, height: 844, colorScheme: 'dark' },
  { look: 'zoom-400', width: 320, height: 256, colorScheme: 'light' },
] as const;

/** Takes a picture of the page in each look, and tells the faults: what axe finds, what is wider than the window, and what moves. */
export async function faultsInLooks(page: Page, path: (look: string) => string): Promise<string[]> {
  const faults: string[] = [];
  for (const { look, width, height, colorScheme, ...rest } of looks) {
    const { forcedColors = 'none' } = rest as { forcedColors?: 'active' };
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, forcedColors, reducedMotion: 'reduce' });
    await page.screenshot({ path: path(look), fullPage: true });
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    if (widest > width) faults.push(`${look}: it is ${widest} pixels wide`);
    const moving = await page.evaluate(() =>
      document.getAnimations().flatMap(({ playState, effect }) => {
        const { target } = effect as KeyframeEffect;
        return playState === 'running' && target ? [target.outerHTML.slice(0, 80)] : [];
      }),
    );
    faults.push(...moving.map((element) => `${look}: it moves, though less motion is asked for: ${element}`));
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${look}: ${fault}`));
  }
  return faults;
}

/** Presses Tab until what has the focus bears this name; each stop has to be seen, and to be in the window. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const fits = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  const stops: string[] = [];
  for (let stop = ''; !fits(stop); ) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement & { labels?: NodeListOf<HTMLElement> };
      // Of a choice, the outline is around its words.
      const shown = focused.matches('.choices input') ? (focused.nextElementSibling as HTMLElement) : focused;
      const { top, bottom, left, right, width } = shown.getBoundingClientRect();
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const isInWindow = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth && width > 0;
      return {
        stop: (focused.getAttribute('aria-label') ??
          focused.labels?.[0]?.textContent ??
          focused.textContent)!.trim(),
        isVisible: isInWindow && outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
        isPage: focused === document.body,
      };
    });
    if (!seen.isPage && !seen.isVisible) throw new Error(`The focus on "${seen.stop}" is not to be seen.`);
    if (stops.push(seen.stop) > 80) throw new Error(`No focus comes to ${name}: ${stops.join(', ')}`);
    stop = seen.isPage ? '' : seen.stop;
  }
}
