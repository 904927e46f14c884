// `embed` of one clip, and of recordings of any length once a person says how their windows become one answer.

import { checkOptions } from '@audiozoo/core/plugin';
import type { AudioOptions, AudioSource } from '@audiozoo/features';
import type { AudioClassifier } from '../classify/classifier.js';
import { checkUnused } from '../classify/classify.js';
import { offeringWindows } from '../sound/clip-length.js';
import { type Embed, type EmbeddedWindow, type EmbedOptions, embedOptionKinds } from './embed-options.js';

/** An `embed` for any length, from one for single clips. */
export function embedAnyLength(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'decoders'>,
  embedClip: (audio: AudioSource, options: AudioOptions) => Promise<Float32Array>,
): Embed {
  const embed = async (
    audio: AudioSource,
    given: EmbedOptions = {},
  ): Promise<Float32Array | EmbeddedWindow[]> => {
    checkOptions('embed', given, embedOptionKinds);
    const { aggregate, ...options } = given;
    const { window, hop, onProgress, ...audioOptions } = options;
    if (aggregate === undefined && hop === undefined) {
      checkUnused({ window, onProgress });
      return offeringWindows(() => embedClip(audio, audioOptions));
    }
    const { embedWindows, meanEmbedding } = await import('./embed-windows.js'); // most hear clips only
    const windows = embedWindows({ ...classifier, embed: embedClip }, audio, options);
    if (aggregate !== 'none') return meanEmbedding(windows);
    const timeline: EmbeddedWindow[] = [];
    for await (const embedded of windows) timeline.push(embedded);
    return timeline;
  };
  return embed as Embed;
}
