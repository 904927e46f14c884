// What the model of a job is fetched by.

import { guardedFetch, type SourceAccess } from '@audiozoo/fleet';
import { proxiedFetch } from './proxied-fetch.js';

export const isAddress = (model: string): boolean => /^https?:\/\//i.test(model);

/** An address came with the job, and is asked as sound is; a published model's name leads to its own hub alone. */
export function jobFetch(model: string, access: Pick<SourceAccess, 'hosts'> | undefined): typeof fetch {
  return access && isAddress(model) ? guardedFetch(access.hosts) : proxiedFetch;
}
