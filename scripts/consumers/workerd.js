// What a worker of Cloudflare's runtime does: the kernels' conformance suite, then a clip. The kernels are a module of the worker, for
// workerd compiles no WebAssembly; model and clip are data that it is bound to.

import { ast } from '@audiozoo/ast';
import kernels from '@audiozoo/backend-web/kernels.wasm';
import { wasm } from '@audiozoo/backend-web/wasm';
import { describeBackend } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';

export default {
  async test(_, { clip, ...model }) {
    const tests = [];
    const runner = { describe: (_, define) => define(), test: (name, run) => tests.push({ name, run }) };
    describeBackend(runner, () => wasm({ kernels }));
    let failed = 0;
    for (const { name, run } of tests) {
      try {
        await run();
      } catch (error) {
        failed++;
        console.log(`failed: ${name}: ${error.message}`);
      }
    }

    const files = Object.entries(model).map(([name, data]) => new File([data], name));
    const classifier = await loadClassifier(files, { models: [ast], backend: wasm({ kernels }) });
    console.log(classifier.device);
    const [best] = await classifier.classify(new Blob([clip]), { topK: 1 });
    console.log(`"${best.label}" ${best.score}`);
    await classifier.dispose();
    console.log(`${tests.length - failed} passed, ${failed} failed`);
  },
};
