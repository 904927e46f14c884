// Writing to this machine's disk, in Node: files that appear whole or not at all, and no litter of killed processes.

export { type FileSink, fileSink } from './file-sink.js';
export { fileStamp } from './file-stamp.js';
export { checkFolderIsFree } from './free-folder.js';
export { notWritable } from './not-writable.js';
export { isRunning, type Owner, ownerMark, ownerOf } from './owner.js';
export { partialPath, sweep, temporaryFolder } from './partial.js';
export { openStaging, type Staging } from './staging.js';
export { writeWhole } from './whole-file.js';
