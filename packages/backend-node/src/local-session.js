// An onnxruntime session in the thread that this is called in. JavaScript, because threads run it as it is: tests
// and `tsx` read the packages' sources, and threads of Node 20 have no compiler.

import { loadRuntime } from './runtime-package.js';

/**
 * @import { InferenceSession } from 'onnxruntime-common'
 * @import { SessionHost } from './session-host.js'
 */

/**
 * Loads onnxruntime with the first call.
 *
 * @returns {Promise<SessionHost>}
 */
export async function localSession() {
  const { env, InferenceSession, Tensor } = loadRuntime();
  /** @type {InferenceSession | undefined} */
  let session;
  const close = async () => {
    const closing = session;
    session = undefined;
    await closing?.release();
  };
  return {
    version: env.versions.common,
    async open(graph, options) {
      await close();
      session = await InferenceSession.create(graph, options);
    },
    async run(inputs, outputs, { lent = {}, giveBack = () => {}, into = {} } = {}) {
      giveBack(lent); // they never leave
      const feeds = Object.entries({ ...inputs, ...lent }).map(([name, { dtype, data, shape }]) => [
        name,
        new Tensor(dtype, data, shape),
      ]);
      const fetches = outputs.map((name) => [
        name,
        into[name] ? new Tensor('float32', into[name].data, into[name].shape) : null,
      ]);
      const running = /** @type {InferenceSession} */ (session).run(
        Object.fromEntries(feeds),
        Object.fromEntries(fetches),
      );
      const results = Object.entries(await running).map(([name, { data, dims }]) => [
        name,
        { dtype: 'float32', shape: dims, data },
      ]);
      return Object.fromEntries(results);
    },
    close,
  };
}
