// What needs a disk, in Node.

export { type CutOptions, cutClips } from './data/cut-clips.js';
export {
  type ClipOnDisk,
  type DataSetOnDisk,
  type DataSetOptions,
  readDataSet,
} from './data/read-data-set.js';
export { clipsOnDisk, type ReadingOptions } from './fine-tune/clips/clips-on-disk.js';
export { trainingFolder } from './fine-tune/kept/training-folder.node.js';
