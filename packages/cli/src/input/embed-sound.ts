// A sound of any length as rows of a table: one, or one for each window.

import { AudiozooError } from '@audiozoo/core';
import type { LocalClassifier } from '@audiozoo/tasks';
import { audioOptions } from '../flags/sound.js';
import type { Session } from '../session/session.js';
import type { IndexRow } from './index-file.js';
import { openAudio } from './standard-input.js';

type Flags = Parameters<typeof audioOptions>[0] & {
  readonly aggregate?: 'mean' | 'none' | undefined;
  readonly window?: number | undefined;
  readonly hop?: number | undefined;
};

export type EmbeddedRow = Omit<IndexRow, 'name'> & { readonly embedding: Float32Array };

/** Where nothing is said of windows, sound that is too long for the model becomes the mean of its windows, with a warning. */
export async function embedSound(
  classifier: LocalClassifier,
  file: string,
  flags: Flags,
  session: Session,
): Promise<readonly EmbeddedRow[]> {
  const { aggregate, window, hop } = flags;
  const sound = await openAudio(file, session.signal);
  const options = { ...audioOptions(flags, session), window, hop };
  if (aggregate === 'none') {
    const windows = await classifier.embed(sound, { ...options, aggregate });
    return windows.map(({ start, end, embedding }) => ({ start, end, embedding }));
  }
  try {
    return [{ embedding: await classifier.embed(sound, { ...options, aggregate }) }];
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'audio-too-long')) throw error;
    session.warn(`${file}: longer than the model takes at once, so its row is the mean of windows`);
    return [{ embedding: await classifier.embed(sound, { ...options, aggregate: 'mean' }) }];
  }
}
