// What brings files over a network to this machine's disk, in Node; `@audiozoo/core/files` reads them.

export { type DownloadedFile, downloadFile, stagedPlace } from './download-file.js';
export { type HuggingFaceHub, huggingFaceHub, readRepositoryName } from './hub.js';
export { hubEnvironment } from './hub-cache.js';
export { hubFiles } from './hub-files.js';
export { smallFilePlaces } from './memory-place.js';
export { createNodeSha256 } from './node-sha256.js';
export { isInTheOpen } from './redirect.js';
export { patientPolicy, type Retry } from './retry.js';
