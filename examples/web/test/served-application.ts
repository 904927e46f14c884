// The application as people get it: built, and served with the headers that isolate it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

const root = join(import.meta.dirname, '..');

export interface BuiltApplication {
  /** Serves it at an address of its own: another origin, with nothing kept. */
  serve(): Promise<{ readonly url: string; close(): Promise<void> }>;
  remove(): Promise<void>;
}

export async function buildApplication(): Promise<BuiltApplication> {
  const outDir = await mkdtemp(join(tmpdir(), 'audiozoo-web-'));
  const options = { root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' } as const;
  await build({ ...options, build: { outDir, emptyOutDir: true } });
  return {
    async serve() {
      const server = await preview({
        ...options,
        build: { outDir },
        preview: { port: 0, host: '127.0.0.1' },
      });
      return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
    },
    remove: () => rm(outDir, { recursive: true }),
  };
}
