// The built site as GitHub Pages serves it: below its folder, pages without their ending, and no header that isolates.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, posix } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
};

export interface ServedSite {
  /** Of the site's folder, with a slash at its end. */
  readonly url: string;
  /** Files, by their paths from that folder. */
  readonly files: ReadonlySet<string>;
  /** The file that is served for an address; undefined where there is none. */
  fileOf(url: string): string | undefined;
  close(): Promise<void>;
}

export async function serveSite(folder: string, base: string): Promise<ServedSite> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = new Set(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => posix.relative(folder, posix.join(parentPath, name))),
  );
  const fileOf = (url: string): string | undefined => {
    const path = decodeURI(new URL(url, 'http://localhost').pathname);
    if (!path.startsWith(base)) return undefined;
    const name = path.slice(base.length);
    const names = name === '' || name.endsWith('/') ? [`${name}index.html`] : [name, `${name}.html`];
    return names.find((each) => files.has(each));
  };
  const server = createServer(({ url = '/' }, response) => {
    const file = fileOf(url);
    response.writeHead(file ? 200 : 404, {
      'Content-Type': types[extname(file ?? '.html')] ?? 'application/octet-stream',
    });
    response.end(readFileSync(join(folder, file ?? '404.html')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    files,
    fileOf,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
