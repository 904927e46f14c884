// What needs a disk, in Node.

export {
  type ClipOnDisk,
  type DataSetOnDisk,
  type DataSetOptions,
  readDataSet,
} from './data/read-data-set.js';
