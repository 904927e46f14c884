// How other people's AST checkpoints look: the official code's, or transformers'.

import type { ForeignCheckpoint } from '@audiozoo/core';
import { officialCheckpoint } from './checkpoint.js';
import { huggingFaceStateDict } from './hugging-face.js';

export const foreignCheckpoint: ForeignCheckpoint = {
  recognise: (tensors) => officialCheckpoint.recognise(tensors) ?? huggingFaceStateDict.recognise(tensors),
  plan: (tensors, options) =>
    (officialCheckpoint.recognise(tensors) ? officialCheckpoint : huggingFaceStateDict).plan(
      tensors,
      options,
    ),
};
