export { augmentFeatures, augmentSound } from './augment/augment.js';
export { type Augmentation, checkAugmentation } from './augment/augmentation.js';
export { type FeatureSize, stretchFeatures } from './augment/features.js';
export { drawMix, type Mix, mixSounds, mixTargets } from './augment/mixup.js';
export { classFolders } from './data/class-folders.js';
export { parseClipTable } from './data/clip-table.js';
export { type DataSet, type LabeledClip, labelClips, type NamedClip } from './data/data-set.js';
export {
  type FeatureStatistics,
  type FeatureStatisticsStream,
  featureStatistics,
} from './data/feature-statistics.js';
export {
  crossValidation,
  type Fold,
  type Split,
  stratifiedFolds,
  stratifiedSplit,
} from './data/folds.js';
export { parseOfficialJson } from './data/official-json.js';
export { samplingWeights, shuffledOrder, weightedOrder } from './data/sampling.js';
export type { BadClip } from './fine-tune/clips/survey.js';
export type { SoundOptions, TrainingClip, TrainingSet } from './fine-tune/clips/training-clip.js';
export type { EpochRecord, StepRecord } from './fine-tune/epochs.js';
export { findTraining, fineTune } from './fine-tune/fine-tune.js';
export type { FineTuneOptions, TrainingProgress } from './fine-tune/fine-tune-options.js';
export type { FineTuned } from './fine-tune/fine-tuned.js';
export type { Judgement } from './fine-tune/judgement.js';
export { memoryFolder, type TrainingFolder } from './fine-tune/kept/training-folder.js';
export type { TrainingRecord } from './fine-tune/kept/training-record.js';
export { stateFile as trainingStateFile } from './fine-tune/kept/training-state.js';
export { summarizeTraining, type TrainingSummary } from './fine-tune/kept/training-summary.js';
export type { BatchNormMode } from './gradient/batch-norms.js';
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
export { createRandom, type Random, type RandomKey } from './random/random.js';
export { checkRecipe, type Recipe } from './recipe/recipe.js';
export { recipes } from './recipe/recipes.js';
export {
  type FallingSchedule,
  learningRateAt,
  type MilestoneSchedule,
  type OneCycleSchedule,
  type RatePlan,
  type Schedule,
  type StepPlace,
  type WarmUp,
} from './recipe/schedule.js';
export { usualRecipe } from './recipe/usual-recipe.js';
export { modelCard } from './report/model-card.js';
export { reportPage } from './report/report-page.js';
export { trainingLog } from './report/training-log.js';
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
