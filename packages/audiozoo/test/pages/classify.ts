// The package in a page.

import * as door from 'audiozoo';
import type { WebBackendOptions } from '../../src/index.js';

/** Types are looked up as Node does. */
const { classify, loadClassifier } = door as unknown as typeof import('../../src/index.js');

/** The best label of a clip, and what found it. */
export async function best(model: string, clip: string, options: WebBackendOptions = {}) {
  const classifier = await loadClassifier(model, options);
  const [label] = await classifier.classify(await (await fetch(clip)).blob());
  await classifier.dispose();
  return { label: label!.label, device: classifier.device };
}

export async function once(model: string, clip: string): Promise<string> {
  return (await classify(await (await fetch(clip)).blob(), { model, device: 'wasm' }))[0]!.label;
}
