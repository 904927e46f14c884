// `classify` of one clip, and of recordings of any length once a person says how their windows become one
// answer: nobody should get labels for a part of what they passed without knowing.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions } from '@audiozoo/core/plugin';
import type { AudioOptions, AudioSource } from '@audiozoo/features';
import { offeringWindows } from '../sound/clip-length.js';
import type { AudioClassifier } from './classifier.js';
import {
  type Aggregate,
  type Classify,
  type ClassifyOptions,
  classifyOptionKinds,
  type LabelledWindow,
} from './classify-options.js';
import type { ScoredWindow } from './classify-windows.js';
import { rankLabels, type ScoredLabel } from './scores.js';

/** A `classify` for any length, from one for single clips. */
export function classifyAnyLength(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'problemType' | 'labels' | 'logits' | 'decoders'>,
  classifyClip: (audio: AudioSource, options: AudioOptions & { topK: number }) => Promise<ScoredLabel[]>,
): Classify {
  const { labels } = classifier;
  const classify = async (
    audio: AudioSource,
    given: ClassifyOptions = {},
  ): Promise<ScoredLabel[] | LabelledWindow[]> => {
    checkOptions('classify', given, classifyOptionKinds);
    const { topK = 5, aggregate, ...options } = given;
    const { window, hop, batch, onProgress, ...audioOptions } = options;
    if (aggregate === undefined && hop === undefined) {
      checkUnused({ window, batch, onProgress });
      return offeringWindows(() => classifyClip(audio, { ...audioOptions, topK }));
    }
    const { classifyWindows } = await import('./classify-windows.js'); // most hear clips only
    const windows = classifyWindows(classifier, audio, options);
    if (aggregate !== 'none') return rankLabels(await combined(windows, aggregate ?? 'mean'), labels, topK);
    const timeline: LabelledWindow[] = [];
    for await (const { start, end, scores } of windows) {
      timeline.push({ start, end, labels: rankLabels(scores, labels, topK) });
    }
    return timeline;
  };
  return classify as Classify;
}

async function combined(
  windows: AsyncIterable<ScoredWindow>,
  aggregate: Exclude<Aggregate, 'none'>,
): Promise<Float64Array> {
  let result: Float64Array | undefined;
  let seconds = 0;
  for await (const { start, end, scores } of windows) {
    result ??= new Float64Array(scores.length);
    seconds += end - start;
    const share = (end - start) / seconds;
    for (let index = 0; index < result.length; index++) {
      const [before, now] = [result[index]!, scores[index]!];
      result[index] = aggregate === 'max' ? Math.max(before, now) : before + share * (now - before);
    }
  }
  return result!; // there is a window, or classifyWindows has thrown
}

/** Throws an `argument` error on options for windows: one that does nothing would be a mistake that nobody notices. */
export function checkUnused(options: Readonly<Record<string, unknown>>): void {
  const unused = Object.keys(options).filter((name) => options[name] !== undefined);
  if (unused.length === 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${unused.join(', ')} does nothing for a single clip`,
    option: unused,
    hint: 'Give `aggregate` or `hop` too, to hear sound window by window.',
  });
}
