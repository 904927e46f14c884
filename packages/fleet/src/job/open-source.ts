import type { AudioSource } from '@audiozoo/features';
import type { Entry } from './entry.js';

/** What to read of an entry: its path, or what comes from its address. Throws `file` and `argument` errors where it may not be read. */
export type OpenSource = (entry: Entry, options: { readonly signal: AbortSignal }) => Promise<AudioSource>;
