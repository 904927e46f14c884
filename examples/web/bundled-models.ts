// The models that the page brings, as static files. Their folders' names change with their content: browsers
// keep what they downloaded, and must not take an old one for it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const names = ['spoken-digits', 'ten-sounds'] as const;
const fileNames = ['config.json', 'preprocessor_config.json', 'model.safetensors'] as const;

function readModel(model: (typeof names)[number]) {
  const folder = fileURLToPath(new URL(`../../models/${model}/`, import.meta.url));
  const files = fileNames.map((name) => {
    const bytes = readFileSync(`${folder}${name}`);
    return { name, bytes, hash: createHash('sha256').update(bytes).digest('hex') };
  });
  const version = createHash('sha256')
    .update(files.map(({ hash }) => hash).join())
    .digest('hex')
    .slice(0, 8);
  const path = `models/${model}-${version}/`;
  const integrity = Object.fromEntries(files.map(({ name, hash }) => [name, hash]));
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  return {
    model,
    path,
    bytes,
    integrity,
    files: files.map(({ name, bytes }) => ({ at: `${path}${name}`, bytes })),
  };
}

/** Serves the models, copies them into the build, and defines `BUNDLED_MODELS`: where each is, how large, and what it must be. */
export function bundledModels(): Plugin {
  const models = names.map(readModel);
  const files = models.flatMap(({ files }) => files);
  const defined = Object.fromEntries(
    models.map(({ model, path, bytes, integrity }) => [model, { path, bytes, integrity }]),
  );
  return {
    name: 'bundled-models',
    config: () => ({ define: { BUNDLED_MODELS: JSON.stringify(defined) } }),
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = files.find(({ at }) => request.url === `/${at}`);
        if (!file) return next();
        response.setHeader(
          'Content-Type',
          file.at.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        );
        response.setHeader('Content-Length', file.bytes.length);
        response.end(file.bytes);
      });
    },
    generateBundle() {
      for (const { at, bytes } of files) {
        this.emitFile({ type: 'asset', fileName: at, source: bytes });
      }
    },
  };
}
