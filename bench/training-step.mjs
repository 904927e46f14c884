// Steps of training an AST in a process of its own, for training.ts: gradients of cross-entropy and Adam, as peers/training.py makes
// them. Plain JavaScript for the reasons of serve.mjs.

import { createInterface } from 'node:readline';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { createTrainer, selectTrained } from '@audiozoo/training';

const [directory, caseJson, threads] = process.argv.slice(2);
const { batch, microBatch = batch, trainable } = JSON.parse(caseJson);
const { config: json, preprocessorConfig, weights } = await openModelDirectory(await openFiles(directory));
const config = ast.readConfig(json, preprocessorConfig);
const trainer = await createTrainer({
  ...selectTrained(ast, config, trainable),
  model: ast,
  config,
  weights,
  backend: onnxruntimeNode({ device: 'cpu', threads: Number(threads) }),
  loss: { kind: 'ce' },
});

const random = (shape) => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return { dtype: 'float32', shape, data: data.map(() => Math.random()) };
};
const labels = config.labels.length;

/** Clips that are run at once. */
function part() {
  const targets = random([microBatch, labels]);
  for (let row = 0; row < microBatch; row++) {
    const values = targets.data.subarray(row * labels, (row + 1) * labels);
    const sum = values.reduce((total, value) => total + value, 0);
    for (let label = 0; label < labels; label++) values[label] /= sum;
  }
  return { inputs: { input_values: random([microBatch, config.frames, config.melBins]) }, targets };
}
const parts = Array.from({ length: batch / microBatch }, part);

for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  const { gradients } = await trainer.gradients(parts);
  trainer.update(gradients, { rate: 1e-5 });
  const { user, system } = process.cpuUsage(before);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakBytes })}\n`);
}
await trainer.dispose();
