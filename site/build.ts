// The site: its API pages, what VitePress makes of all texts, and the pages that hear, under /demo/.
// `npm run site`, and `npm run site -- --dev` to see texts as they are written.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build as buildPages } from 'vite';
import { build, createServer } from 'vitepress';
import { writeApi } from './api.js';

const here = import.meta.dirname;
const application = join(here, '../examples/web');

const { values } = parseArgs({ options: { dev: { type: 'boolean', default: false } } });

await rm(join(here, 'api'), { recursive: true, force: true });
await writeApi(join(here, 'api'));
if (values.dev) {
  const server = await createServer(here);
  await server.listen();
  server.printUrls();
} else {
  await build(here);
  await buildPages({
    root: application,
    configFile: join(application, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(here, 'dist/demo'), emptyOutDir: true },
  });
}
