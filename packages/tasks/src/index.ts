export type { AudioBufferLike, AudioSource, SampleArray, SampledSound } from '@audiozoo/features';
export {
  type AudioClassifier,
  type AudioClassifierOptions,
  audioClassifier,
  type ClassifierStages,
  type Inputs,
  type LoadedForm,
  type LocalClassifier,
  type RankOptions,
} from './audio-classifier.js';
export { type AudioInput, type AudioOptions, loadAudio } from './audio-input.js';
export { averageScores } from './average-scores.js';
export type { AudioPieces } from './capture-audio.js';
export { type ClassMetrics, classMetrics } from './class-metrics.js';
export type { ClassifierStream, LabelsAtTime, StreamOptions } from './classifier-stream.js';
export type { Aggregate, Classify, ClassifyOptions, LabelledWindow } from './classify.js';
export { type Classified, type ClassifyManyOptions, classifyMany } from './classify-many.js';
export {
  classifyWindows,
  type ScoredWindow,
  type WindowOptions,
  type WindowProgress,
} from './classify-windows.js';
export {
  type ClassifierConnection,
  connectClassifier,
  type RemoteClassifier,
  type RemoteLoadOptions,
} from './connect-classifier.js';
export {
  byStart,
  type DetectEventsOptions,
  detectEvents,
  type HearEventsOptions,
  hearEvents,
  type SoundEvent,
} from './detect-events.js';
export { type Ensemble, type EnsembleOptions, ensemble } from './ensemble.js';
export {
  accuracy,
  confusionMatrix,
  dPrime,
  type Evaluation,
  evaluateScores,
  type ScoreTable,
  type TargetTable,
} from './evaluation.js';
export { type Heard, type ListenOptions, listen } from './listen.js';
export { chooseModel, type LoadClassifierOptions, loadClassifier } from './load-classifier.js';
export { normalQuantile } from './normal-quantile.js';
export { type OpenMicrophoneOptions, openMicrophone } from './open-microphone.js';
export { rankLabels, type ScoredLabel, scoresOf } from './scores.js';
export { type Converters, type ServeClassifierOptions, serveClassifier } from './serve-classifier.js';
export type { ConversionSummary, LoadProgress, MessageEndpoint } from './worker-messages.js';
