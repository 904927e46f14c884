// In Node: onnxruntime-node, through the proxies that the environment names.

import {
  type OnnxruntimeNodeOptions,
  onnxruntimeNode,
  onnxruntimeNodeOptionKinds,
} from '@audiozoo/backend-node';
import { proxiedFetch } from '@audiozoo/cli/fetch';
import { frontDoor, type LoadOptions, type OnceOptions, type ZeroShotOptions } from './front-door.js';

export * from './everything.js';

/** Options of `loadClassifier`: those of @audiozoo/tasks, none of which has to be given, and of onnxruntime-node. */
export type LoadClassifierOptions = LoadOptions<OnnxruntimeNodeOptions>;
/** Options of `classify`: how a sound is heard, by which `model`, and how that is loaded. */
export type ClassifyOnceOptions = OnceOptions<OnnxruntimeNodeOptions>;
/** Options of `zeroShotClassifier`: the same, and what may be heard, in words. */
export type ZeroShotClassifierOptions = ZeroShotOptions<OnnxruntimeNodeOptions>;

export const { loadClassifier, loadWordReader, zeroShotClassifier, classify } =
  frontDoor<OnnxruntimeNodeOptions>({
    backend: async (options) => onnxruntimeNode(options),
    backendOptionKinds: onnxruntimeNodeOptionKinds,
    fetch: proxiedFetch,
  });
