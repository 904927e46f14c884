// How other people's AST checkpoints look: the official code's, or transformers'.

import type { ForeignCheckpoint } from '@audiozoo/core';
import { officialCheckpoint } from './checkpoint.js';
import { huggingFaceStateDict } from './hugging-face.js';
import { settings } from './settings.js';

export const foreignCheckpoint: ForeignCheckpoint = {
  settings,
  recognize: (tensors) => officialCheckpoint.recognize(tensors) ?? huggingFaceStateDict.recognize(tensors),
  plan: (tensors, options) =>
    (officialCheckpoint.recognize(tensors) ? officialCheckpoint : huggingFaceStateDict).plan(
      tensors,
      options,
    ),
};
