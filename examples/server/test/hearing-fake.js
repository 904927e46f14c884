// A thread that says what the name of a model tells it to, in the place of src/hearing-worker.ts.

import { parentPort, threadId, workerData } from 'node:worker_threads';

const { work, pulse } = workerData;
setInterval(() => Atomics.add(pulse, 1, 1), 20).unref(); // it turns
if (work?.fails) throw new Error(work.fails);

/** @type {Set<number>} */
const waiting = new Set();

/** In its own code, with no turn for anything else. */
function standStill() {
  for (;;);
}

/** @param {number} milliseconds */
function inNativeCode(milliseconds) {
  Atomics.store(pulse, 0, 1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  Atomics.store(pulse, 0, 0);
  Atomics.notify(pulse, 0);
}

parentPort.on('message', (order) => {
  if (order.to === 'close') return parentPort.close();
  if (order.to === 'cancel') {
    if (waiting.delete(order.id)) parentPort.postMessage({ id: order.id, error: { what: 'cancelled' } });
    return;
  }
  const { id, question } = order;
  const answer = (label) =>
    parentPort.postMessage({ id, heard: { seconds: 1, labels: [{ label, thread: threadId }] } });
  switch (question.model) {
    case 'waits':
      waiting.add(id);
      break;
    case 'is deaf':
      break;
    case 'dies':
      process.exit(3);
      break;
    case 'dies later':
      setTimeout(() => process.exit(3), 200);
      break;
    case 'throws':
      throw new Error('a bug');
    case 'stands still':
      setTimeout(standStill, 20);
      break;
    case 'is in native code':
      inNativeCode(question.query.milliseconds);
      answer('native');
      break;
    case 'takes a while':
      setTimeout(() => answer(question.upload), 300);
      break;
    default:
      answer(question.upload);
  }
});
parentPort.postMessage({ models: [{ name: 'echo' }] });
