export type { AudioOptions, AudioPieces, AudioSource, SampleArray } from '@audiozoo/features';
export { type AudioClassifierOptions, audioClassifier } from './classify/audio-classifier.js';
export { averageScores } from './classify/average-scores.js';
export {
  chooseModel,
  loadedPlugin,
  loadedPlugins,
  type ModelChoice,
  type ModelLoader,
} from './classify/choose-model.js';
export type {
  AnswersAlongTime,
  AudioClassifier,
  ClassifierStages,
  ClassifierStream,
  Inputs,
  LabelsAtTime,
  LoadedForm,
  LocalClassifier,
  StreamOptions,
} from './classify/classifier.js';
export { type Classified, type ClassifyManyOptions, classifyMany } from './classify/classify-many.js';
export {
  type Aggregate,
  type Classify,
  type ClassifyOptions,
  classifyOptionKinds,
  type LabelledWindow,
  type RankOptions,
  type WindowOptions,
} from './classify/classify-options.js';
export { classifyWindows, type ScoredWindow } from './classify/classify-windows.js';
export type { ConversionSummary, Converters } from './classify/converters.js';
export { type Ensemble, type EnsembleOptions, ensemble } from './classify/ensemble.js';
export {
  type ClassifierOfOptions,
  classifierOf,
  filesAt,
  type LoadClassifierOptions,
  loadClassifier,
  loadOptionKinds,
} from './classify/load-classifier.js';
export { type OpenModelFilesOptions, openModelFiles } from './classify/open-model-files.js';
export { rankLabels, type ScoredLabel, scoresOf } from './classify/scores.js';
export { byStart, detectEvents } from './events/detect-events.js';
export { type EventBoxesOptions, eventBoxes } from './events/event-boxes.js';
export { eventHop } from './events/event-hop.js';
export type { DetectEventsOptions, LabelDetection, SoundEvent } from './events/event-options.js';
export { type HearEventsOptions, hearEvents } from './events/hear-events.js';
export { type SmoothedStepsOptions, smoothedSteps } from './events/smoothed-steps.js';
export { type Capture, captureAudio } from './live/capture-audio.js';
export { type Heard, type ListenOptions, listen } from './live/listen.js';
export { type EventsHeard, type ListenEventsOptions, listenEvents } from './live/listen-events.js';
export { type OpenMicrophoneOptions, openMicrophone } from './live/open-microphone.js';
export { type ClassMetrics, classMetrics } from './metrics/class-metrics.js';
export type { ClipEvents, TimedEvent } from './metrics/clip-events.js';
export {
  type DetectionCriteria,
  type DetectionScore,
  detectionScore,
  psds1,
  psds2,
} from './metrics/detection-score.js';
export {
  accuracy,
  confusionMatrix,
  dPrime,
  type Evaluation,
  evaluateScores,
  type ScoreTable,
  type TargetTable,
} from './metrics/evaluation.js';
export { type EventCollar, type EventF1, eventF1, type F1, segmentF1 } from './metrics/event-f1.js';
export { normalQuantile } from './metrics/normal-quantile.js';
export type { ScoredClip } from './metrics/scored-clip.js';
export type { Embed, EmbeddedWindow, EmbedOptions, EmbedWindowOptions } from './search/embed-options.js';
export { embedWindows } from './search/embed-windows.js';
export { type EmbeddingIndex, embeddingIndex, type Neighbor } from './search/embedding-index.js';
export { type FoundPlace, placesApart } from './search/places-apart.js';
export type { StoredModel } from './sound/input-lengths.js';
export { loadAudio } from './sound/load-audio.js';
export {
  loadWordReader,
  type ReadWords,
  type WordReader,
  type WordReaderOptions,
  wordReaderOptionKinds,
} from './words/word-reader.js';
export {
  type ZeroShotOptions,
  zeroShotClassifier,
  zeroShotOptionKinds,
} from './words/zero-shot-classifier.js';
export {
  type ClassifierConnection,
  connectClassifier,
  type RemoteClassifier,
  type RemoteLoadOptions,
} from './worker/connect-classifier.js';
export { type ServeClassifierOptions, serveClassifier } from './worker/serve-classifier.js';
export type { MessageEndpoint } from './worker/worker-messages.js';
