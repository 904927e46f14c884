// The rest of the scoped packages that people name.

/** Models to choose from where none are passed in. */
export { models } from '@audiozoo/cli/models';
export {
  type AnyModel,
  AudiozooError,
  type Backend,
  type ErrorCode,
  type FileStore,
  type Label,
} from '@audiozoo/core';
export { type FileProgress, forgetDownloads, openFiles } from '@audiozoo/core/files';
export {
  type Aggregate,
  type AudioClassifier,
  type AudioOptions,
  type AudioSource,
  type ClassifyOptions,
  classifyMany,
  classifyWindows,
  detectEvents,
  type Ensemble,
  embeddingIndex,
  ensemble,
  hearEvents,
  type LabelledWindow,
  type LocalClassifier,
  listen,
  loadAudio,
  type ModelLoader,
  openMicrophone,
  type ScoredLabel,
  type SoundEvent,
  type WordReader,
} from '@audiozoo/tasks';
