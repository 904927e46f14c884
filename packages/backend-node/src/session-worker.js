// What runs in a session's thread: it does what it is told, one thing at a time, and answers each. JavaScript for
// the reason that local-session.js gives.

import { parentPort, workerData } from 'node:worker_threads';
import { localSession } from './local-session.js';
import { buffersOf } from './tensor-buffers.js';
import { withLock } from './thread-lock.js';

/**
 * @import { MessagePort } from 'node:worker_threads'
 * @import { Answer, Order } from './session-thread.js'
 * @import { SessionHost } from './session-host.js'
 */

const port = /** @type {MessagePort} */ (parentPort);
/** @type {SessionHost} */
let session;

port.on('message', async (/** @type {Order} */ order) => {
  /** @type {Answer} */
  let answer;
  try {
    answer = await withLock(workerData.lock, () => obey(order));
  } catch (error) {
    answer = { error };
  }
  const lent = order.to === 'run' ? order.lent : {};
  port.postMessage({ ...answer, lent }, [...buffersOf(answer.outputs ?? {}), ...buffersOf(lent)]);
  if (order.to === 'close') end();
});

/** Deno's port has no `close`: its threads end as those of pages do. */
function end() {
  if (typeof port.close === 'function') port.close();
  else globalThis.close();
}

/**
 * @param {Order} order
 * @returns {Promise<Answer>}
 */
async function obey(order) {
  switch (order.to) {
    case 'start':
      session = await localSession();
      return { version: session.version };
    case 'open':
      await session.open(order.graph, order.options);
      return {};
    case 'run':
      return {
        outputs: await session.run({ ...order.inputs, ...order.lent }, order.outputs, { into: order.into }),
      };
    case 'close':
      await session.close();
      return {};
  }
}
