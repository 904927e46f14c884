// The site as it is built, in a real browser: every page, every link, on a screen and on a phone.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type ErrorCode, siteUrl } from '@audiozoo/core';
import type { AxeResults, RunOptions } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath } from '../../testing/chromium/browser.js';
import { linkOf, root } from '../pages.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const base = new URL(siteUrl).pathname;
const built = join(root, 'site/dist');
const screen = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const flags = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** What is found on a page. */
interface SeenPage {
  /** Errors that it logged or threw, and requests that failed. */
  readonly errors: readonly string[];
  /** What axe finds in light on a screen, and of contrast in dark on a phone. */
  readonly faults: readonly string[];
  /** Pixels that have to be scrolled sideways on a phone. */
  readonly sideways: number;
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
}

/** The site as GitHub Pages serves it: below its folder, pages without their ending, and no header that isolates. */
let server: PreviewServer;
let url: string;
/** Its files, by their paths. */
let files: ReadonlySet<string>;

beforeAll(async () => {
  const command = join(root, 'node_modules/.bin/tsx');
  await promisify(execFile)(command, ['--conditions=@audiozoo/source', join(root, 'site/build.ts')]);
  server = await preview({
    root: join(root, 'site'),
    configFile: false,
    appType: 'mpa',
    base,
    build: { outDir: built },
    preview: { port: 0, host: '127.0.0.1' },
  });
  url = server.resolvedUrls!.local[0]!;
  const entries = readdirSync(built, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name));
  files = new Set(paths.map((path) => relative(built, path)));
}, 600_000);
afterAll(() => server?.close());

describe.skipIf(!chromiumPath)('the site in Chromium (needs Chromium)', { timeout: 600_000 }, () => {
  let browser: Browser;
  const seen = new Map<string, SeenPage>();
  const problems = (of: (page: SeenPage, file: string) => readonly string[]) =>
    [...seen].flatMap(([file, page]) => of(page, file).map((problem) => `${file}: ${problem}`));

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath!, args: flags });
    const pages = [...files].filter((file) => file.endsWith('.html'));
    const looking = Array.from({ length: 3 }, async () => {
      const page = await browser.newPage({ reducedMotion: 'reduce' });
      for (let file = pages.pop(); file; file = pages.pop()) seen.set(file, await look(page, file));
      await page.close();
    });
    await Promise.all(looking);
  }, 600_000);
  afterAll(() => browser?.close());

  async function look(page: Page, file: string): Promise<SeenPage> {
    const errors: string[] = [];
    page.removeAllListeners();
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('response', (response) => {
      if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
    });
    await page.setViewportSize(screen);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${url}${file.replace(/(^|\/)index\.html$|\.html$/, '$1')}`);
    await page.waitForLoadState('networkidle');
    const { links, anchors } = await page.evaluate(() => ({
      links: [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map(({ href }) => href),
      anchors: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    }));
    // Pages of the API are long, and their colors those of one.
    const isOneOfMany = file.startsWith('api/@') && file !== 'api/@audiozoo/codecs.html';
    const light = await faultsOf(
      page,
      isOneOfMany ? { rules: { 'color-contrast': { enabled: false } } } : {},
    );
    await page.setViewportSize(phone);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = isOneOfMany ? [] : await faultsOf(page, { runOnly: ['color-contrast'] });
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    return { errors, faults: [...light, ...dark], sideways, links, anchors: new Set(anchors) };
  }

  test('has pages', () => {
    expect(seen.size).toBeGreaterThan(60);
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining(['index.html', 'errors.html', 'demo/index.html']),
    );
  });

  test('logs no errors', () => {
    expect(problems(({ errors }, file) => (file === '404.html' ? [] : errors))).toEqual([]);
  });

  test('has no fault that axe finds', () => {
    expect(problems(({ faults }) => faults)).toEqual([]);
  });

  test('is as wide as a phone', () => {
    expect(problems(({ sideways }) => (sideways > 0 ? [`${sideways} pixels too wide`] : []))).toEqual([]);
  });

  test('has no link that leads nowhere', () => {
    const broken = problems(({ links }) => links.flatMap((link) => wrong(link) ?? []));
    expect([...new Set(broken)]).toEqual([]);
  });

  /** What is wrong with where a link leads. Other sites are not asked. */
  function wrong(link: string): string | undefined {
    const { origin, hash, protocol } = new URL(link);
    if (origin !== new URL(url).origin) {
      return protocol === 'https:' ? undefined : `${link} is no https address`;
    }
    const file = fileOf(link);
    if (!file) return `${link} is not there`;
    const anchor = decodeURIComponent(hash.slice(1));
    return !anchor || seen.get(file)?.anchors.has(anchor) ? undefined : `${link} has no such place`;
  }

  /** The file that is served for an address of the site. */
  function fileOf(link: string): string | undefined {
    const path = decodeURI(new URL(link).pathname);
    if (!path.startsWith(base)) return undefined;
    const name = path.slice(base.length);
    return [name, `${name}.html`, `${name}index.html`].find((file) => files.has(file));
  }

  test('explains every code of an error', () => {
    const codes: Readonly<Record<ErrorCode, true>> = {
      argument: true,
      audio: true,
      'audio-too-short': true,
      'audio-too-long': true,
      checkpoint: true,
      safetensors: true,
      weights: true,
      model: true,
      shape: true,
      device: true,
      runtime: true,
      disposed: true,
      file: true,
    };
    const missing = Object.keys(codes).filter((code) => !seen.get('errors.html')!.anchors.has(code));
    expect(missing).toEqual([]);
  });

  test('finds what is searched for', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('#localsearch-input').fill('medianFilter');
    const first = page.locator('#localsearch-list a').first();
    await first.waitFor();
    expect(await first.getAttribute('href')).toMatch(/events|api/);
    await page.close();
  });

  test('hears words under /demo/, where nothing isolates the page', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}demo/`);
    await page.getByText('× real time').first().waitFor({ timeout: 120_000 });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await page.getByRole('button', { name: 'seven', exact: true }).click();
    await page.locator('#heard', { hasText: /^seven$/ }).waitFor({ timeout: 120_000 });
    await page.close();
  });

  test('has the figures of README among its measurements', () => {
    const [first, second] = ['README.md', 'docs/bench.md'].map(
      (text) =>
        /<!-- npm run bench -- --readme -->.*<!-- end of npm run bench -->/s.exec(
          readFileSync(join(root, text), 'utf8'),
        )?.[0],
    );
    expect(first).toBeDefined();
    expect(second).toBe(first);
  });

  test('has texts whose links lead somewhere on GitHub as well', () => {
    const texts = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
    for (const text of texts.filter((name) => name.endsWith('.md'))) {
      const links = readFileSync(join(root, text), 'utf8').matchAll(/\]\(([^)\s]+)\)/g);
      for (const [, href] of links) expect(linkOf(href!, text)).toBeTypeOf('string');
    }
  });
});

/** Saves most of axe's time, which is spent on what it says of elements without a fault. */
const faultsAlone: RunOptions = { resultTypes: ['violations'], selectors: false };

async function faultsOf(page: Page, options: RunOptions): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (chosen) => {
      const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
      return axe.run(chosen);
    },
    { ...options, ...faultsAlone },
  );
  return violations.map(({ id, nodes }) => {
    const places = nodes.map(({ html }) => html.slice(0, 150)).slice(0, 3);
    return `${id}: ${places.join('; ')}`;
  });
}
