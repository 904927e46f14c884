// Where a sound is, as people write it.

import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { quote } from '@audiozoo/core/plugin';
import { publicSource } from '../job/public-source.js';

/** Whether a text is an address rather than a path. `C:` is a disk. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z\d+.-]+:\/\//i.test(text);
}

/** The source that a text names; relative paths start from `folder`. Throws an `argument` error when it names none. */
export function sourceOf(text: string, folder: string): string {
  if (!isAddress(text)) {
    if (text !== '' && !text.includes('\0')) return resolve(folder, text);
    throw notPlace(text, text === '' ? 'nothing' : quote(text));
  }
  if (/^https?:/i.test(text) && URL.canParse(text)) return new URL(text).href;
  if (/^s3:/i.test(text)) {
    const { bucket, key } = bucketPlace(text);
    if (key !== '') return `s3://${bucket}/${key}`;
  }
  throw notPlace(text, quote(publicSource(text)));
}

export interface BucketPlace {
  readonly bucket: string;
  /** As it is, nothing in it escaped; empty for the whole bucket. */
  readonly key: string;
}

/** The parts of an s3 address. Throws an `argument` error when it has none. */
export function bucketPlace(address: string): BucketPlace {
  const [, bucket, key = ''] = /^s3:\/\/([a-z\d][a-z\d.-]{1,62})(?:\/(.*))?$/is.exec(address) ?? [];
  if (bucket === undefined) throw notPlace(address, quote(address));
  return { bucket, key };
}

function notPlace(text: string, got: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'this is not where a sound can be',
    expected: 'a path, or an address of http, https or s3',
    got,
    ...(/^file:/i.test(text) && { hint: 'Name the path.' }),
  });
}
