import { AudiozooError } from '@audiozoo/core';

export { quote } from '@audiozoo/core';

export interface RefusalDetails {
  readonly expected?: string;
  readonly got?: string;
  readonly mend?: string;
  readonly cause?: unknown;
}

/** A `checkpoint` error about the file `name`. `why` goes on from its name: `has no central directory`. */
export function refusal(name: string, why: string, details: RefusalDetails = {}): AudiozooError {
  return new AudiozooError({ code: 'checkpoint', what: `${name} ${why}`, ...details });
}

export const downloadAgain = 'The file is damaged: download or copy it again.';
