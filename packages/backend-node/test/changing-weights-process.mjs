// Loads a model directory and runs it for each line on stdin, in a process of its own, since what is tested might end
// it: node … changing-weights-process.mjs DIRECTORY CLIP OPTIONS. A line is `run`, or `loop`, which runs until the next
// line comes. Prints a line for each outcome: a checksum of the logits, or the error's code and message. Plain JavaScript
// on the built packages, since it is begun again and again: from the sources takes four times as much of the processor.

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { readAudio } from '@audiozoo/features/audio';
import { loadClassifier } from '@audiozoo/tasks';

const [directory, clip, options] = /** @type {[string, string, string]} */ (process.argv.slice(2));
const backend = onnxruntimeNode({ device: 'cpu', threads: 1, ...JSON.parse(options) });
const classifier = await loadClassifier(directory, { models: [ast], backend });
const sound = await readAudio(clip, { resampleTo: classifier.frontEnd.sampleRate });

async function run() {
  const outcome = await classifier.logits([sound]).then(
    ({ data }) => createHash('sha256').update(Buffer.from(data.buffer)).digest('hex').slice(0, 8),
    (error) => (AudiozooError.isInstance(error) ? `${error.code}: ${error.message}` : `raw: ${error}`),
  );
  console.log(outcome);
}

let looping = Promise.resolve();
let lines = 0;
console.log('loaded');
for await (const line of createInterface(process.stdin)) {
  lines++;
  await looping;
  if (line === 'run') await run();
  if (line === 'loop') {
    const mine = lines;
    looping = (async () => {
      do {
        await run();
        await new Promise((resolve) => setImmediate(resolve)); // lets lines come in where no thread does the work
      } while (lines === mine);
    })();
  }
}
await classifier.dispose();
console.log('disposed');
