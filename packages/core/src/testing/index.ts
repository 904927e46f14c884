export type { BackendBehavior } from './backend-behavior.js';
export { backendBehaviors } from './backend-behaviors.js';
export type { ConformanceCase, NamedTensors } from './conformance-case.js';
export {
  type ConformanceOptions,
  conformanceCases,
  describeBackend,
  runConformanceCase,
  type TestRunner,
} from './describe-backend.js';
export { describeTraining, runTrainingCase } from './describe-training.js';
export { normalRandom, type Random, randomTensor, uniformRandom } from './random.js';
export { referenceBackend } from './reference-backend.js';
export { type ReferenceTensor, referenceOps } from './reference-ops.js';
export { referenceTrainingOps } from './reference-training-ops.js';
export { featureTolerance, logitTolerance, operationTolerance } from './tolerances.js';
export { type TrainingCase, trainingCase } from './training-case.js';
export { trainingCases } from './training-cases.js';
