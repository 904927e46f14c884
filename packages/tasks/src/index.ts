export { type AudioClassifier, audioClassifier, type ClassifyOptions } from './audio-classifier.js';
export { type AudioBufferLike, type AudioInput, type AudioOptions, loadAudio } from './audio-input.js';
export { averageScores } from './average-scores.js';
export { type ClassMetrics, classMetrics } from './class-metrics.js';
export {
  accuracy,
  confusionMatrix,
  dPrime,
  type Evaluation,
  evaluateScores,
  type ScoreTable,
  type TargetTable,
} from './evaluation.js';
export { chooseModel, type LoadClassifierOptions, loadClassifier } from './load-classifier.js';
export { normalQuantile } from './normal-quantile.js';
export { rankLabels, type ScoredLabel, scoresOf } from './scores.js';
