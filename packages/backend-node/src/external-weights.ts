// onnxruntime maps the weights file itself: the graph holds byte ranges, and nothing passes through
// JavaScript. It looks in one folder, and follows no symbolic links; `ByteSource.path` has none.

import { basename, dirname } from 'node:path';
import type { Weights } from '@audiozoo/core';
import type { EncodeOptions } from '@audiozoo/onnx';

export interface ExternalWeights {
  /** The folder of the weights files; undefined when the weights are not in files. */
  readonly folder: string | undefined;
  readonly locate: NonNullable<EncodeOptions['locate']>;
}

/** Which weights onnxruntime can read from their files. Others go into the graph. */
export function externalWeights({ tensors }: Weights): ExternalWeights {
  const paths = Array.from(tensors.values(), ({ source }) => source.path);
  const first = paths.find((path) => path !== undefined);
  const folder = first && dirname(first);
  return {
    folder,
    locate({ dtype, stored: { dtype: storedDType, source, offset } }) {
      const asStored = dtype === storedDType;
      if (!asStored || source.path === undefined || dirname(source.path) !== folder) return undefined;
      return { location: basename(source.path), offset };
    },
  };
}
