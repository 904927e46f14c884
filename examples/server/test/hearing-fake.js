// A thread that says what the name of a model tells it to, in the place of src/hearing-worker.ts.

import { parentPort } from 'node:worker_threads';

/** @type {number | undefined} */
let waiting;

parentPort.on('message', (order) => {
  if (order.to === 'close') return parentPort.close();
  if (order.to === 'cancel') return parentPort.postMessage({ id: waiting, error: { what: 'cancelled' } });
  const { id, question } = order;
  switch (question.model) {
    case 'waits':
      waiting = id;
      break;
    case 'dies':
      process.exit(3);
      break;
    case 'throws':
      throw new Error('a bug');
    default:
      parentPort.postMessage({ id, heard: { seconds: 1, labels: [{ label: question.upload }] } });
  }
});
parentPort.postMessage({ models: [{ name: 'echo' }] });
