import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { appShell } from './app-shell.js';
import { bundledModels } from './bundled-models.js';
import { tensorflowThreads } from './tensorflow-threads.js';

/** What WebAssembly threads ask for: a page that shares memory with no other. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));
// The packages' TypeScript, so that no build of them has to be there; and onnxruntime's small entry, which
// loads its WebAssembly from where the page says instead of carrying the glue twice.
const conditions = [
  '@audiozoo/source',
  'onnxruntime-web-use-extern-wasm',
  'module',
  'browser',
  'development|production',
];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './', // the build works in any folder of a server
  resolve: { conditions },
  plugins: [bundledModels(), appShell()],
  // What the worker imports is bundled beforehand; found later, it would reload the page.
  optimizeDeps: {
    entries: [
      'index.html',
      'teach.html',
      'listen.html',
      'src/classifier-worker.ts',
      'src/teach/teacher-worker.ts',
    ],
    include: [
      'onnxruntime-web',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
    ],
  },
  worker: { format: 'es', plugins: () => [tensorflowThreads()] },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1500,
    assetsInlineLimit: 0,
    rolldownOptions: { input: [page('index.html'), page('teach.html'), page('listen.html')] },
  },
  server: { headers: isolation, fs: { allow: [repository] } },
  preview: { headers: isolation },
});
