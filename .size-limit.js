// What a page ships, minified and gzipped, beside the runtime that it passes to the backend (`wasm` takes none).
// Sound files are decoded by a chunk that is fetched with the first of them, kernels come with the first model.

import { existsSync, readdirSync } from 'node:fs';

/** Packages of models: those that publish some. */
const models = readdirSync('packages').filter((name) => existsSync(`packages/${name}/src/zoo.ts`));

/** Checking options is worth no library of 27 kB. */
const withoutZod = {
  name: 'without-zod',
  setup({ onResolve }) {
    onResolve({ filter: /^zod($|\/)/ }, () => ({ errors: [{ text: 'zod stays in the command line' }] }));
  },
};

/** What a page fetches when it is asked for has a budget of its own. */
const fetchedLater = {
  name: 'fetched-later',
  setup({ onResolve }) {
    onResolve({ filter: /^/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/** What a page with another model has already. */
const withoutShared = {
  name: 'without-shared',
  setup({ onResolve }) {
    onResolve({ filter: /^@audiozoo\/(core|features)/ }, ({ path }) => ({ path, external: true }));
  },
};

const bundledWith = (...plugins) => ({
  gzip: true,
  modifyEsbuildConfig: (config) => ({
    ...config,
    conditions: ['@audiozoo/source'],
    format: 'esm',
    plugins: [withoutZod, ...plugins],
  }),
});

const page = (backend, factory) => ({
  ...bundledWith(fetchedLater),
  name: `core, features, tasks, ast and one backend: ${backend}`,
  path: 'packages/tasks/src/index.ts',
  import: {
    'packages/tasks/src/index.ts': '{ loadClassifier }',
    'packages/ast/src/index.ts': '{ ast }',
    [`packages/backend-web/src/${backend}/index.ts`]: `{ ${factory} }`,
  },
  limit: '48.3 kB',
});

export default [
  {
    ...bundledWith(fetchedLater),
    name: 'ast in a page that has a config.json: no labels, no checkpoints',
    path: 'packages/ast/src/index.ts',
    import: '{ ast }',
    limit: '16.5 kB',
  },
  ...models.map((name) => ({
    ...bundledWith(fetchedLater, withoutShared),
    name: `${name}, over core and features`,
    path: `packages/${name}/src/index.ts`,
    import: `{ ${name} }`,
    limit: '6 kB',
  })),
  page('tfjs', 'tfjs'),
  page('onnxruntime', 'onnxruntimeWeb'),
  page('wasm', 'wasm'),
  {
    ...bundledWith(fetchedLater),
    name: 'audiozoo, before its first model',
    path: 'packages/audiozoo/src/index.ts',
    import: '{ loadClassifier }',
    limit: '22.2 kB',
  },
  {
    ...bundledWith(),
    name: 'kernels of the backend wasm',
    path: 'packages/backend-web/src/wasm/kernel-binary.ts',
    limit: '13 kB',
  },
  {
    ...bundledWith(),
    name: 'decoding of sound files',
    path: 'packages/features/src/audio/browser.ts',
    import: '{ readAudio }',
    limit: '14.55 kB', // 0.6 of it resample, in a quarter of the time that plain JavaScript takes
  },
  {
    ...bundledWith(fetchedLater),
    name: 'decoders of compressed sound, before the first that needs a library',
    path: 'packages/codecs/src/index.ts',
    import: '{ codecs }',
    limit: '15 kB',
  },
  // Of its own accord, a decoder brings no other.
  ...Object.entries({ mp3: '10 kB', flac: '12 kB', vorbis: '10 kB', opus: '10 kB' }).map(
    ([codec, limit]) => ({
      ...bundledWith(fetchedLater),
      name: `one of these: ${codec}`,
      path: 'packages/codecs/src/index.ts',
      import: `{ ${codec} }`,
      limit,
    }),
  ),
];
