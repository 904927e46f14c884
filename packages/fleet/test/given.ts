// What the process of `shard-process.mjs` is begun with.

import type { JobSettings } from '@audiozoo/fleet';

export interface Given {
  readonly folder: string;
  readonly settings: JobSettings;
  readonly threads?: number;
  /** Runs nothing, as where a device is lost. */
  readonly isLost?: boolean;
  /** Ends the process before it is ready. */
  readonly isBroken?: boolean;
  /** Says that it cannot get ready. */
  readonly isUnfit?: boolean;
}
