// An example as Vite builds it, in a Chromium whose microphone hears somebody say a word again and again.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, preview } from 'vite';
import { spokenWav } from '../spoken-wav.js';
import { chromiumPath } from './browser.js';

const clips = join(import.meta.dirname, '../../models/spoken-digits/clips');
/** What the other model that comes along tells apart, none of which is a word. */
export const tenSounds =
  /chainsaw|clock_tick|crackling_fire|crying_baby|dog|helicopter|rain|rooster|sea_waves|sneezing/;

/** Seconds between words. */
const pause = 0.5;

interface ListeningPages {
  /** Opens a page of the example. */
  open(path?: string): Promise<ListeningPage>;
  close(): Promise<void>;
}

interface ListeningPage {
  readonly page: Page;
  /** How many of the microphones that it opened are open. */
  openMicrophones(): Promise<number>;
  /** Workers that run: a model on one thread has one. */
  workers(): number;
}

/** Builds the example in the folder; `word` is a clip of spoken-digits. Development builds of React mount twice in StrictMode. */
export async function listeningPages(root: string, word: string): Promise<ListeningPages> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-listening-'));
  const options = { root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' } as const;
  const output = { outDir: join(folder, 'page'), emptyOutDir: true, minify: false } as const;
  const define = { 'process.env.NODE_ENV': '"development"' };
  await build({ ...options, mode: 'development', define, build: output });
  const server = await preview({ ...options, build: output, preview: { port: 0, host: '127.0.0.1' } });
  const microphone = join(folder, 'microphone.wav');
  await writeFile(microphone, await spokenWav([join(clips, `${word}.wav`)], pause));
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphone}`,
    ],
  });
  return {
    async open(path = '') {
      const page = await browser.newPage();
      await page.addInitScript(keepTracks);
      await page.goto(server.resolvedUrls!.local[0]! + path);
      return {
        page,
        openMicrophones: () =>
          page.evaluate(() => tracks.filter(({ readyState }) => readyState === 'live').length),
        workers: () => page.workers().length,
      };
    },
    async close() {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** In the page: the tracks of every microphone that it opens. */
declare const tracks: MediaStreamTrack[];

function keepTracks(): void {
  const { mediaDevices } = navigator;
  const kept: MediaStreamTrack[] = [];
  Object.assign(window, { tracks: kept });
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    kept.push(...stream.getTracks());
    return stream;
  };
}
