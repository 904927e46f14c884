// Long sound, events and ensembles in a page: one model in a worker, one in the page.

import { ast } from '@audiozoo/ast';
import { referenceBackend } from '@audiozoo/core/testing';
import {
  classMetrics,
  connectClassifier,
  ensemble,
  hearEvents,
  type LabelledWindow,
  loadClassifier,
  type SoundEvent,
} from '@audiozoo/tasks';

export async function hearTogether(
  location: string,
  recording: string,
  hop: number,
): Promise<{ readonly windows: readonly LabelledWindow[]; readonly events: readonly SoundEvent[] }> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    const there = await connectClassifier(worker).load(location);
    const here = await loadClassifier(location, { models: [ast], backend: referenceBackend() });
    const sound = await (await fetch(recording)).blob();
    const windows = await ensemble([there, here]).classify(sound, { aggregate: 'none', topK: 12 });
    const events: SoundEvent[] = [];
    for await (const event of hearEvents(there, sound, { hop, threshold: { on: 0.8 } })) events.push(event);
    return { windows, events };
  } finally {
    worker.terminate();
  }
}

/** Logits of a clip by a model that was loaded for another input length. */
export async function logitsOfLength(location: string, clip: string, frames: number): Promise<number[]> {
  const options = { models: [ast], backend: referenceBackend(), size: { frames } };
  const classifier = await loadClassifier(location, options);
  const { data } = await classifier.logits([await (await fetch(clip)).blob()]);
  await classifier.dispose();
  return [...data];
}

export function metricsOf(scores: readonly number[], targets: readonly number[]) {
  return classMetrics(Float64Array.from(scores), Uint8Array.from(targets));
}
