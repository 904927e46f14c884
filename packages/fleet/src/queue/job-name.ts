// Names of jobs: they are parts of keys, and of what people type.

import { AudiozooError } from '@audiozoo/core';
import { quoteName } from '@audiozoo/core/plugin';

const form = /^[A-Za-z0-9][\w.-]{0,99}$/;

export const isJobName = (name: string) => form.test(name);

/** Throws an `argument` error for a name that no job can have. */
export function checkJobName(name: string): void {
  if (isJobName(name)) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${quoteName(name)} cannot be the name of a job`,
    expected: 'a letter or digit, then up to 99 letters, digits, dots, dashes and underscores',
    option: 'name',
  });
}
