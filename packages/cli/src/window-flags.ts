import type { WindowOptions } from '@audiozoo/tasks';

/** Flags of the commands that hear sound window by window. */
export interface WindowFlags {
  /** Seconds. */
  readonly window?: number;
  readonly hop?: number;
  readonly batch?: number;
}

export function windowOptions({ window, hop, batch }: WindowFlags): WindowOptions {
  return { window, hop, batch };
}
