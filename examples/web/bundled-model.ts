// The model that the page starts with, as static files. Its folder's name changes with its content: browsers
// keep what they downloaded, and must not take an old one for it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const folder = fileURLToPath(new URL('../../models/spoken-digits/', import.meta.url));
const fileNames = ['config.json', 'preprocessor_config.json', 'model.safetensors'] as const;

/** Serves the model, copies it into the build, and defines `BUNDLED_MODEL`: where it is and what it must be. */
export function bundledModel(): Plugin {
  const files = fileNames.map((name) => {
    const bytes = readFileSync(`${folder}${name}`);
    return { name, bytes, hash: createHash('sha256').update(bytes).digest('hex') };
  });
  const version = createHash('sha256')
    .update(files.map(({ hash }) => hash).join())
    .digest('hex')
    .slice(0, 8);
  const path = `models/spoken-digits-${version}/`;
  const integrity = Object.fromEntries(files.map(({ name, hash }) => [name, hash]));
  return {
    name: 'bundled-model',
    config: () => ({ define: { BUNDLED_MODEL: JSON.stringify({ path, integrity }) } }),
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = files.find(({ name }) => request.url === `/${path}${name}`);
        if (!file) return next();
        response.setHeader(
          'Content-Type',
          file.name.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        );
        response.setHeader('Content-Length', file.bytes.length);
        response.end(file.bytes);
      });
    },
    generateBundle() {
      for (const { name, bytes } of files) {
        this.emitFile({ type: 'asset', fileName: `${path}${name}`, source: bytes });
      }
    },
  };
}
