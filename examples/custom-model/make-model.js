// Makes the folder `model` and a sound that it has not heard, from nothing but seeds. The mixer's own layers stay random; the last one is
// solved for: the linear map from embeddings to kinds of sound with the least squared error. That is no way
// to train a good model, but it takes seconds and can be seen to work.
//
//   node make-model.js

import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { audioset } from '@audiozoo/ast';
import { directorySink, writeSafetensors } from '@audiozoo/converters';
import { listParameters, weightsInMemory } from '@audiozoo/core/plugin';
import { randomTensor, referenceBackend } from '@audiozoo/core/testing';
import { melMixer } from './mel-mixer.js';
import { kinds, makeSound, sampleRate, wavFile } from './sounds.js';

const soundsOfEachKind = 120;
const ridge = 0.01; // keeps the solution small where embeddings say little
const sharpness = 8; // how far the logits of right and wrong lie apart

const configJson = {
  model_type: 'mel-mixer',
  max_length: 104,
  num_mel_bins: 32,
  patch_size: 8,
  hidden_size: 64,
  num_hidden_layers: 2,
  token_mixing_size: 96,
  channel_mixing_size: 96,
  id2label: Object.fromEntries(kinds.map((kind, index) => [index, kind])),
};
const preprocessorJson = { mean: audioset.mean, std: audioset.std, sampling_rate: sampleRate };
const config = melMixer.readConfig(configJson, preprocessorJson);

// Layers begin so that their outputs vary about as much as their inputs.
const weights = Object.fromEntries(
  listParameters(melMixer.parameters(config)).map(({ name, shape }, index) => {
    const weight = randomTensor(shape, index + 1, 1 / Math.sqrt(shape.at(-1) ?? 1));
    if (/norm\d?\.weight$/.test(name)) weight.data.fill(1);
    else if (name.endsWith('.bias')) weight.data.fill(0);
    return [name, weight];
  }),
);

const sounds = kinds.flatMap((_, kind) =>
  Array.from({ length: soundsOfEachKind }, (_, seed) => ({ kind, samples: makeSound(kind, seed) })),
);
const mixer = await referenceBackend().load(melMixer, weightsInMemory(weights), { config });
const inputs = melMixer.frontEnd(config).inputs(sounds.map(({ samples }) => samples));
const { embedding } = await mixer.run(inputs, { outputs: ['embedding'] }); // [sounds, D]

// Least squares: (XᵀX + ridge · I) · head = XᵀY. A row of X is an embedding and a 1 for the bias.
const rows = sounds.map(({ kind }, index) => ({
  x: [...embedding.data.subarray(index * config.width, (index + 1) * config.width), 1],
  y: kinds.map((_, other) => (other === kind ? sharpness : 0)),
}));
const size = config.width + 1;
const equations = Array.from({ length: size }, (_, i) => [
  ...Array.from({ length: size }, (_, j) => sum(({ x }) => x[i] * x[j]) + (i === j ? ridge : 0)),
  ...kinds.map((_, kind) => sum(({ x, y }) => x[i] * y[kind])),
]);
const head = eliminate(equations); // [D + 1, kinds]
const { 'head.weight': headWeight, 'head.bias': headBias } = weights;
kinds.forEach((_, kind) => {
  for (let i = 0; i < config.width; i++) headWeight.data[kind * config.width + i] = head[i][kind];
  headBias.data[kind] = head[config.width][kind];
});

const folder = fileURLToPath(new URL('model', import.meta.url));
await rm(folder, { recursive: true, force: true });
const directory = directorySink(folder);
await writeJson('config.json', configJson);
await writeJson('preprocessor_config.json', preprocessorJson);
const file = await directory.create('model.safetensors');
const entries = Object.entries(weights).map(([name, { dtype, shape, data }]) => ({
  name,
  dtype,
  shape,
  async *chunks() {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  },
}));
await writeSafetensors(file, entries);
await file.close();
await directory.commit();
await writeFile(new URL('rising-sweep.wav', import.meta.url), wavFile(makeSound(0, soundsOfEachKind)));

/** @param {(row: typeof rows[number]) => number} term */
function sum(term) {
  return rows.reduce((total, row) => total + term(row), 0);
}

/**
 * Gauss and Jordan's elimination: [A | B] → A⁻¹ · B. The ridge makes every pivot positive.
 * @param {number[][]} system
 */
function eliminate(system) {
  for (let pivot = 0; pivot < system.length; pivot++) {
    const divisor = system[pivot][pivot];
    system[pivot] = system[pivot].map((value) => value / divisor);
    for (let row = 0; row < system.length; row++) {
      if (row === pivot) continue;
      const factor = system[row][pivot];
      system[row] = system[row].map((value, column) => value - factor * system[pivot][column]);
    }
  }
  return system.map((row) => row.slice(system.length));
}

/** @param {string} name @param {object} value */
async function writeJson(name, value) {
  const file = await directory.create(name);
  await file.write(new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
  await file.close();
}
