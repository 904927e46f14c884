// What the page is made of, listed for the service worker that keeps it for visits without a network.

import type { Plugin } from 'vite';

/** Bytes of a file that is kept only once it is asked for. */
const large = 5_000_000;

/** What each runtime takes, of those that are not in the page itself. */
const runtimeFiles = {
  onnxruntime: /\/(onnxruntime-|ort-wasm).*\.(js|mjs|wasm)$/,
  tfjs: /\/(tensorflow-.*\.js|tfjs-backend-wasm-threaded-simd.*\.wasm)$/,
};

/**
 * Writes shell.json into the build: every file but the model, which the library keeps itself, and how much they are. Defines
 * `IS_BUILT`, since what is served from source changes, and must not be kept.
 */
export function appShell(): Plugin {
  return {
    name: 'app-shell',
    enforce: 'post',
    config: (_, { command }) => ({ define: { IS_BUILT: JSON.stringify(command === 'build') } }),
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter(
        (file) => !file.startsWith('models/') && !file.endsWith('.map'),
      );
      const bytesOf = (file: string) => {
        const output = bundle[file]!;
        return Buffer.byteLength(output.type === 'chunk' ? output.code : output.source);
      };
      const sum = (some: readonly string[]) => some.reduce((bytes, file) => bytes + bytesOf(file), 0);
      const later = files.filter((file) => bytesOf(file) >= large);
      const now = files.filter((file) => !later.includes(file)).sort();
      const runtimes = Object.fromEntries(
        Object.entries(runtimeFiles).map(([runtime, name]) => {
          const own = files.filter((file) => name.test(file));
          if (own.length === 0) this.error(`No file of the build is one of ${runtime}`);
          return [runtime, sum(own)];
        }),
      );
      const source = JSON.stringify({
        bytes: sum(now),
        runtimes,
        files: ['./', ...now.filter((file) => file !== 'index.html')],
        later,
      });
      this.emitFile({ type: 'asset', fileName: 'shell.json', source });
    },
  };
}
