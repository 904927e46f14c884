export {
  type AddedParameters,
  gradientOf,
  lossInputs,
  type Scores,
  type TrainingStepOptions,
  trainingStep,
} from './gradient/training-step.js';
export { createLoss, ignoredTarget, type Loss, type LossOptions } from './loss/loss.js';
export {
  createOptimizer,
  type Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  type UpdateOptions,
} from './optimizer/optimizer.js';
export { type Selection, selectTrained, type Trainable } from './selection/selection.js';
export { type AdapterOptions, mergeAdapters } from './trainer/adapters.js';
export { trainableParameters } from './trainer/stored-parameters.js';
export {
  type Batch,
  type BatchGradients,
  createTrainer,
  type Trainer,
  type TrainerOptions,
  type TrainerState,
} from './trainer/trainer.js';
