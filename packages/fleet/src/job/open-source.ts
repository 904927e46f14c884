import type { AudioSource } from '@audiozoo/features';
import type { Entry } from './entry.js';

/** Brings the sound of an entry, to be closed once it is heard. Throws `file` and `argument` errors where it may not be read. */
export type OpenSource = (
  entry: Entry,
  options: { readonly signal: AbortSignal },
) => Promise<{ readonly sound: AudioSource; close(): Promise<void> }>;
