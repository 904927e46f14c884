// What brings files over a network to this machine's disk, in Node; `@audiozoo/core/files` reads them.

export { type DownloadedFile, downloadFile } from './download-file.js';
export { downloadText } from './download-text.js';
export { isNotThere, StatusError } from './failure.js';
export {
  commitOf,
  type HuggingFaceHub,
  huggingFaceHub,
  notOnHub,
  promisedFile,
  readRepositoryName,
  repositoryUrl,
} from './hub.js';
export { isInTheOpen } from './redirect.js';
export { patientPolicy, type Retry } from './retry.js';
