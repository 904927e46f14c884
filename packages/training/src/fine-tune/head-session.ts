// Trains the head by itself, on embeddings that are worked out once.

import type { StoredTensor } from '@audiozoo/core';
import { relabel, storedParameters } from '@audiozoo/core/plugin';
import { classifierOf, type LocalClassifier } from '@audiozoo/tasks';
import { createLoss } from '../loss/loss.js';
import { createTrainer } from '../trainer/trainer.js';
import type { Beginning } from './begin.js';
import { embedClips, embeddingBatches } from './clips/embeddings.js';
import type { TrainingClip } from './clips/training-clip.js';
import { headModel } from './head-model.js';
import { judgeLogits } from './judgement.js';
import { modelFingerprint, settingsFingerprint } from './kept/subject.js';
import type { Training, TrainingSession } from './training-session.js';

/** Whether a training can be done so: the embedding of a clip is the same in each epoch, and the head says how it reads it. */
export function trainsOnEmbeddings({
  model,
  begun,
  selection,
  recipe,
}: Pick<Training, 'model' | 'begun' | 'selection' | 'recipe'>): boolean {
  const { head, classify } = model.parts?.(begun.config) ?? {};
  const ofHead = new Set(storedParameters(head).map(({ name }) => name));
  const isHeadAlone = !selection.adapters && selection.trained.every((name) => ofHead.has(name));
  const isAsItIs = Object.values(recipe.augmentation).every((each) => each === undefined);
  return isHeadAlone && isAsItIs && classify !== undefined;
}

export async function headSession(training: Training): Promise<TrainingSession> {
  const { model, begun, config, selection, recipe, backend, clips, validation = [], labels } = training;
  const { folder, signal, onProgress, problemType } = training;
  // Only `frames` of the recipe changes what is heard: else each clip is heard as the trained model hears it.
  const hears = recipe.frames === undefined ? begun.config : config;
  const weights = { ...begun.weights, close: async () => {} };
  const trainer = await createTrainer({
    ...{ model: headModel(model), config: begun.config, weights, backend },
    ...{ loss: recipe.loss, optimizer: recipe.optimizer, trained: selection.trained, signal },
  });
  let loading: Promise<LocalClassifier> | undefined;
  try {
    const classifier = () =>
      (loading ??= classifierOf({ model, config: hears, weights }, { backend, signal }));
    const width = model.outputs(begun.config).embedding!.shape[0]!;
    const subject = settingsFingerprint([
      await bodyFingerprint(training),
      ...[model.inputs(hears), model.frontEnd(hears).key, backend.name, trainer.device],
    ]);
    const embed = async (set: string, some: readonly TrainingClip[], before: number) =>
      embedClips({
        ...{ clips: some, width, set, folder, classifier, signal, subject },
        onClip: (done) =>
          onProgress?.({
            ...{ phase: 'embedding', done: before + done, total: clips.length + validation.length },
          }),
      });
    const embeddings = await embed('training', clips, 0);
    const judged = embeddingBatches(await embed('validation', validation, clips.length), validation, labels);
    const judging = { loss: createLoss(recipe.loss, labels), problemType };
    return {
      trainer,
      batches: embeddingBatches(embeddings, clips, labels),
      microBatch: training.microBatch ?? recipe.batchSize,
      async judge(weights) {
        const before = trainer.state();
        trainer.restore({ ...before, weights });
        try {
          const drawn = validation.map((_, clip) => ({ clip, at: clip }));
          const { logits } = await trainer.gradients([await judged.batch(drawn, 0)], { signal });
          return judgeLogits(logits[0]!, validation, judging);
        } finally {
          trainer.restore(before);
        }
      },
      merge: async (weights) => weights,
      dispose: () => trainer.dispose(),
    };
  } catch (error) {
    await trainer.dispose();
    throw error;
  } finally {
    await (await loading?.catch(() => {}))?.dispose();
  }
}

/** Of all that embeddings hang on: whatever the classes are, and the head that tells them. */
function bodyFingerprint({
  model,
  begun: { config, configJson, preprocessorJson, weights },
}: {
  readonly model: Training['model'];
  readonly begun: Beginning;
}): Promise<string> {
  const { head, alongTime } = model.parts!(config);
  const ofHead = new Set(storedParameters([head, alongTime]).map(({ name }) => name));
  const body = [...weights.tensors].filter(([name]): boolean => !ofHead.has(name));
  const json = { ...relabel(model, configJson, [{ name: 'any' }]), problem_type: null };
  return modelFingerprint([json, preprocessorJson], new Map<string, StoredTensor>(body));
}
