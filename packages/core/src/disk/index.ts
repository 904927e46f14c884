// This machine's disk, in Node: files that appear whole or not at all, no litter of killed processes, texts no longer than they may be.

export type { FileSink } from '../files/file-sink.js';
export { fileSink } from './file-sink.js';
export { fileStamp } from './file-stamp.js';
export { lockFolder, lockName, type Unlock } from './folder-lock.js';
export { checkFolderIsFree } from './free-folder.js';
export { makeFolder } from './make-folder.js';
export { notWritable } from './not-writable.js';
export { isRunning, type Owner, ownerMark, ownerOf } from './owner.js';
export { partialPath, sweep, temporaryFolder } from './partial.js';
export { openPartialFolder, type PartialFolder } from './partial-folder.js';
export { openStaging, type Staging } from './staging.js';
export { readTextFile } from './text-file.js';
export { writeFirst, writeWhole } from './whole-file.js';
