import { codecs } from '@audiozoo/codecs';
import type { AudioOptions } from '@audiozoo/tasks';
import type { Session } from './session.js';

/** Flags of the commands that read sound. */
export interface AudioFlags {
  /** Seconds. */
  readonly start?: number;
  readonly duration?: number;
  readonly channel?: number | 'mean';
  readonly resampling?: 'default' | 'kaiser_best';
  readonly decoder?: string;
}

export function audioOptions(
  { start, duration, channel, resampling, decoder }: AudioFlags,
  { signal, warn }: Pick<Session, 'signal' | 'warn'>,
): AudioOptions {
  const kernel = resampling === 'kaiser_best' ? resampling : undefined;
  return { start, duration, channel, kernel, decoders: codecs, decoder, onNote: warn, signal };
}
