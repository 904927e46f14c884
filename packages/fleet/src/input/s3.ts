// Objects of S3 and of what speaks as it does, through AWS's own client, which is loaded only then.

import { AudiozooError } from '@audiozoo/core';
import type { S3Client } from '@aws-sdk/client-s3';
import type { BucketPlace } from './place.js';

export interface ListedObject {
  /** `s3://bucket/key` */
  readonly source: string;
  readonly bytes: number;
  readonly version: string;
}

type Client = typeof import('@aws-sdk/client-s3');

let opened: Promise<{ readonly aws: Client; readonly client: S3Client }> | undefined;

/** One client for all, with what the environment and the machine say of region, login and endpoint. */
function openClient() {
  opened ??= (async () => {
    const aws = await import('@aws-sdk/client-s3').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
      throw new AudiozooError({
        code: 'argument',
        what: 'addresses of s3 need the AWS client, which is not installed',
        hint: 'Install it beside audiozoo: `npm install @aws-sdk/client-s3`. Presigned https addresses need nothing.',
        cause,
      });
    });
    const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 = AWS_ENDPOINT_URL } = process.env;
    // Servers of one's own seldom have a name for each bucket.
    const client = new aws.S3Client({ forcePathStyle: AWS_ENDPOINT_URL_S3 !== undefined });
    return { aws, client };
  })();
  return opened;
}

/** The objects whose keys begin with a place's, a page at a time, in the order of their keys. Throws `file` errors. */
export async function* listBucket(
  { bucket, key }: BucketPlace,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const { aws, client } = await openClient();
  let next: string | undefined;
  do {
    const page = await client
      .send(
        new aws.ListObjectsV2Command({ Bucket: bucket, Prefix: key, ContinuationToken: next }),
        signal ? { abortSignal: signal } : {},
      )
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw notGiven(`s3://${bucket}/${key} cannot be listed`, cause);
      });
    for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
      yield { source: `s3://${bucket}/${Key}`, bytes: Size, version: `${Size}-${ETag.replaceAll('"', '')}` };
    }
    next = page.NextContinuationToken;
  } while (next !== undefined);
}

/** A `fetch` of one object, whatever the address. What the client refuses is an answer with its status, as of any server. */
export function objectFetch({ bucket, key }: BucketPlace): typeof globalThis.fetch {
  return async (_address, { headers, signal } = {}) => {
    const { aws, client } = await openClient();
    const asked = new Headers(headers);
    const get = (part: { Range?: string | undefined; IfMatch?: string | undefined }) =>
      client.send(
        new aws.GetObjectCommand({ Bucket: bucket, Key: key, ...part }),
        signal ? { abortSignal: signal } : {},
      );
    const range = asked.get('range') ?? undefined;
    try {
      const object = await get({ Range: range, IfMatch: asked.get('if-range') ?? undefined }).catch(
        (error) => {
          if (range === undefined || statusOf(error) !== 412) throw error;
          return get({}); // it is another by now
        },
      );
      const said = {
        'content-length': object.ContentLength,
        'content-range': object.ContentRange,
        'content-type': object.ContentType,
        etag: object.ETag,
      };
      const told = Object.entries(said).filter(([, value]) => value !== undefined);
      return new Response(object.Body!.transformToWebStream(), {
        status: object.ContentRange === undefined ? 200 : 206,
        headers: told.map(([name, value]): [string, string] => [name, `${value}`]),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      const status = statusOf(cause);
      if (status === undefined) throw notGiven(`s3://${bucket}/${key} cannot be read`, cause);
      return new Response(null, { status, statusText: (cause as Error).name });
    }
  };
}

/** Of an answer that is no object; undefined where there was none. */
function statusOf(error: unknown): number | undefined {
  const { httpStatusCode: status = 0 } =
    (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  return status >= 400 ? status : undefined;
}

function notGiven(what: string, cause: unknown): AudiozooError {
  const { message = String(cause) } = cause as { message?: string };
  return new AudiozooError({
    code: 'file',
    what,
    got: message,
    hint: 'Region, login and endpoint are those of the environment: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL and others.',
    cause,
  });
}
