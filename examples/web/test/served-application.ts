// The application as people get it: built, and served with the headers that isolate it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

const root = join(import.meta.dirname, '..');

/** Headers that isolate no page, in place of those of vite.config.ts. */
const shared = {
  'Cross-Origin-Opener-Policy': 'unsafe-none',
  'Cross-Origin-Embedder-Policy': 'unsafe-none',
};

export interface BuiltApplication {
  /**
   * Serves it at an address of its own: another origin, with nothing kept. Without the headers that isolate pages if
   * told: they then have one thread.
   */
  serve(options?: { readonly isolated?: boolean }): Promise<{ readonly url: string; close(): Promise<void> }>;
  remove(): Promise<void>;
}

export async function buildApplication(): Promise<BuiltApplication> {
  const outDir = await mkdtemp(join(tmpdir(), 'audiozoo-web-'));
  const options = { root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' } as const;
  await build({ ...options, build: { outDir, emptyOutDir: true } });
  return {
    async serve({ isolated = true } = {}) {
      const server = await preview({
        ...options,
        build: { outDir },
        preview: { port: 0, host: '127.0.0.1', ...(!isolated && { headers: shared }) },
      });
      return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
    },
    remove: () => rm(outDir, { recursive: true }),
  };
}
