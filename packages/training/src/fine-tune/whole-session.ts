// Trains a model from sound to logits, whatever of it trains.

import { tensor, type Weights } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { classifierOf } from '@audiozoo/tasks';
import { createLoss } from '../loss/loss.js';
import { mergeAdapters } from '../trainer/adapters.js';
import { createTrainer } from '../trainer/trainer.js';
import { clipBatches } from './clips/clip-batches.js';
import { judgeLogits } from './judgement.js';
import type { Training, TrainingSession } from './training-session.js';

export async function wholeSession(training: Training): Promise<TrainingSession> {
  const { model, begun, config, selection, recipe, backend, seed, microBatch = 8, labels } = training;
  const { clips, validation = [], problemType, signal, onProgress } = training;
  const adapters = selection.adapters && { ...selection.adapters, seed };
  const batches = clipBatches({ model, config, clips, labels, augmentation: recipe.augmentation, seed });
  const trainer = await createTrainer({
    ...{ model, config, weights: { ...begun.weights, close: async () => {} }, backend },
    ...{ loss: recipe.loss, optimizer: recipe.optimizer, trained: selection.trained },
    ...{ batchNorms: recipe.batchNorms, adapters, signal },
  });
  const merge: TrainingSession['merge'] = async (weights) =>
    adapters ? mergeAdapters(model, begun.config, begun.weights, weights, adapters) : weights;
  const judging = { loss: createLoss(recipe.loss, labels), problemType };
  return {
    trainer,
    batches,
    microBatch,
    /** As those who load the trained model hear the clips. */
    async judge(weights) {
      const trained = withTrained(begun.weights, await merge(weights));
      const classifier = await classifierOf(
        { model, config: begun.config, weights: trained },
        { backend, signal },
      );
      try {
        const { sampleRate, maxSamples } = classifier.frontEnd;
        const total = validation.length;
        const logits = tensor('float32', [total, labels], new Float32Array(total * labels));
        for (let start = 0; start < total; start += microBatch) {
          const part = validation.slice(start, start + microBatch);
          const sounds = await Promise.all(
            part.map(async (clip) => {
              const samples = await clip.sound(sampleRate, { maxSamples, signal });
              return { samples: samples.subarray(0, maxSamples), sampleRate };
            }),
          );
          logits.data.set((await classifier.logits(sounds, { signal })).data, start * labels);
          onProgress?.({ phase: 'judging', done: start + part.length, total });
        }
        return judgeLogits(logits, validation, judging);
      } finally {
        await classifier.dispose();
      }
    },
    merge,
    dispose: () => trainer.dispose(),
  };
}

/** The weights with what trained in the place of what was there; they need no closing. */
function withTrained({ tensors }: Weights, trained: ReadonlyMap<string, Float32Array>): Weights {
  const values = Array.from(
    trained,
    ([name, data]) => [name, tensor('float32', tensors.get(name)!.shape, data)] as const,
  );
  return {
    tensors: new Map([...tensors, ...weightsInMemory(Object.fromEntries(values)).tensors]),
    close: async () => {},
  };
}
