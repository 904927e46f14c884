// Pages for tests. Each is one TypeScript module, served from source as the tests in Node read it, by Vite:
// vitest stands on it already, so no other bundler has a say.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What most pages import of this repository. A package of these is here with all that a page may import of it. */
const libraries = [
  ...['core', 'core/plugin', 'core/testing', 'core/files', 'core/labels', 'onnx'],
  ...['features', 'features/audio', 'ast', 'ced', 'efficientat', 'tasks', 'converters', 'backend-web/wasm'],
].map((name) => `@audiozoo/${name}`);

export interface PageServerOptions {
  /** Folder that the pages' modules and their imports are looked up from: a package. */
  readonly root: string;
  /** Packages that do not run in a browser as they are installed (CommonJS), to be bundled beforehand. */
  readonly bundle?: readonly string[];
}

export interface PageServer {
  /** A page that runs `module`, a path below the root, and has its exports in `window.exports`. */
  address(module: string, options: { readonly isolated: boolean }): string;
  close(): Promise<void>;
}

/** Serves the repository on this machine. Isolated pages have the headers that shared memory, and so threads, ask for. */
export async function servePages({ root, bundle = [] }: PageServerOptions): Promise<PageServer> {
  // Concurrent test files each have a cache of their own.
  const cache = `chromium-${basename(root)}-${process.env.VITEST_POOL_ID ?? 0}`;
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    cacheDir: `${repository}/node_modules/.cache/${cache}`,
    resolve: { conditions: ['@audiozoo/source', 'module', 'browser', 'development'] },
    // Whatever is found only while a page loads would be bundled then, and reload the page. Sources are bundled anew by each
    // server: three hundred modules, each asked for alone, take seconds of processor time with every page.
    optimizeDeps: { noDiscovery: true, include: [...libraries, ...bundle], force: true },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, fs: { allow: [repository] } },
    plugins: [{ name: 'test-pages', configureServer: (vite) => void vite.middlewares.use(servePage) }],
  });
  await server.listen();
  const origin = server.resolvedUrls!.local[0]!;
  return {
    address: (module, { isolated }) =>
      `${origin}test-page?${new URLSearchParams({ module: `/${module}`, isolated: `${isolated}` })}`,
    close: () => server.close(),
  };
}

function servePage(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  // Workers are as isolated as the page that starts them only if their scripts say so too.
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
  if (pathname !== '/test-page') {
    next();
    return;
  }
  if (searchParams.get('isolated') === 'true') {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  }
  response.setHeader('Content-Type', 'text/html');
  response.end(`<!doctype html>
<link rel="icon" href="data:,">
<script type="module">
  window.exports = await import(${JSON.stringify(searchParams.get('module'))});
</script>`);
}
