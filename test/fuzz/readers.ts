// Every reader of foreign bytes. One that is new is one more entry of a list in readers/.

import type { FuzzedReader } from './reader.js';
import { checkpointReaders } from './readers/checkpoints.js';
import { dataFileReaders } from './readers/data-files.js';
import { modelFileReaders } from './readers/model-files.js';
import { soundReaders } from './readers/sound.js';

export const readers: readonly FuzzedReader[] = [
  ...checkpointReaders,
  ...modelFileReaders,
  ...dataFileReaders,
  ...soundReaders,
];
