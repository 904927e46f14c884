// TensorFlow.js starts its WebAssembly threads from the source text of one of its own functions. Minified, that
// text names a variable from outside the function, which is not there in a thread; so the name goes.

import type { Plugin } from 'vite';

const outsideName = [
  'if(typeof _scriptDir !== "undefined" && _scriptDir){scriptDirectory=_scriptDir}',
  '||_scriptDir',
];

/** Makes the threads of @tensorflow/tfjs-backend-wasm 4.22 survive minification. */
export function tensorflowThreads(): Plugin {
  return {
    name: 'tensorflow-threads',
    apply: 'build',
    transform: {
      filter: { id: /tfjs-backend-wasm-threaded-simd\.js$/ },
      handler(code) {
        for (const use of outsideName) {
          if (!code.includes(use)) this.error(`Another version of tfjs-backend-wasm? It has no ${use}`);
        }
        const [check, fallback] = outsideName as [string, string];
        return { code: code.replace(check, '').replace(fallback, ''), map: null };
      },
    },
  };
}
