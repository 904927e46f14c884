import { AudiozooError, type ErrorDescription } from '@audiozoo/core';
import { quote } from '@audiozoo/core/plugin';

export { quote };

export type RefusalDetails = Omit<ErrorDescription, 'code' | 'what'>;

/** A `checkpoint` error about the file `name`. `why` goes on from its name: `has no central directory`. */
export function refusal(name: string, why: string, details: RefusalDetails = {}): AudiozooError {
  return new AudiozooError({ code: 'checkpoint', what: `${name} ${why}`, ...details });
}

export const downloadAgain = 'The file is damaged: download or copy it again.';

/** Some names from a file, as they may stand in a message; '' is a name too. */
export function quoteList(names: readonly string[]): string {
  const most = 12;
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).map(quote).join(', ')}${more}`;
}
