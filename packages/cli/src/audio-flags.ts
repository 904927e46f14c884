import type { AudioOptions } from '@audiozoo/tasks';

/** Flags of the commands that read sound. */
export interface AudioFlags {
  /** Seconds. */
  readonly start?: number;
  readonly duration?: number;
  readonly channel?: number | 'mean';
  readonly resampling?: 'default' | 'kaiser_best';
}

export function audioOptions(
  { start, duration, channel, resampling }: AudioFlags,
  signal: AbortSignal,
): AudioOptions {
  return { start, duration, channel, kernel: resampling === 'kaiser_best' ? resampling : undefined, signal };
}
