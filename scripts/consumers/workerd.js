// What a worker of Cloudflare's runtime does: the kernels' conformance suite, then a clip. The kernels are a module of the worker, for
// workerd compiles no WebAssembly; model and clip are data that it is bound to.

import { ast } from '@audiozoo/ast';
import kernels from '@audiozoo/backend-web/kernels.wasm';
import { wasm } from '@audiozoo/backend-web/wasm';
import { loadClassifier } from '@audiozoo/tasks';
import { runConformance } from '../../packages/backend-web/test/run-conformance.js';

export default {
  async test(_, { clip, ...model }) {
    const conformance = await runConformance(() => wasm({ kernels }));
    const files = Object.entries(model).map(([name, data]) => new File([data], name));
    const classifier = await loadClassifier(files, { models: [ast], backend: wasm({ kernels }) });
    console.log(classifier.device);
    const [best] = await classifier.classify(new Blob([clip]), { topK: 1 });
    console.log(`"${best.label}" ${best.score}`);
    await classifier.dispose();
    console.log(conformance);
  },
};
