// A server on this machine that speaks as much of S3 as is asked of it: pages of keys, objects, ranges, errors. It wants the
// signature of one login, which it does not work out.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface BucketServer {
  readonly url: string;
  /** `GET /bucket?list-type=2&…`, with the range that was asked for. */
  readonly log: readonly string[];
}

const accessKey = 'AKIDEXAMPLE';

/** Serves buckets until the test ends: objects by `bucket/key`. What of its client's environment must be set is. */
export async function serveBuckets(
  objects: Readonly<Record<string, Uint8Array>>,
  { keysOfPage = 1000 } = {},
): Promise<BucketServer> {
  const log: string[] = [];
  const server = createServer((request, response) => {
    log.push([request.method, request.url, request.headers.range].filter(Boolean).join(' '));
    answer(objects, keysOfPage, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  };
  Object.assign(process.env, environment);
  onTestFinished(() => {
    for (const name of Object.keys(environment)) delete process.env[name];
    server.closeAllConnections();
    server.close();
  });
  return { url, log };
}

function answer(
  objects: Readonly<Record<string, Uint8Array>>,
  keysOfPage: number,
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const [pathname, search] = url.split('?') as [string, string?]; // a URL would leave `..` out
  const query = new URLSearchParams(search);
  const refuse = (status: number, code: string) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<Error><Code>${code}</Code><Message>${code}, it says</Message></Error>`);
  if (!headers.authorization?.includes(`Credential=${accessKey}/`)) return void refuse(403, 'AccessDenied');
  const [, bucket, key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(pathname))!;
  if (!Object.keys(objects).some((name) => name.startsWith(`${bucket}/`)))
    return void refuse(404, 'NoSuchBucket');

  if (query.get('list-type') === '2') {
    const keys = Object.keys(objects)
      .filter((name) => name.startsWith(`${bucket}/${query.get('prefix') ?? ''}`))
      .map((name) => name.slice(bucket!.length + 1))
      .sort();
    const first = Number(query.get('continuation-token') ?? 0);
    const next = first + keysOfPage;
    const contents = keys.slice(first, next).map((name) => {
      const { length } = objects[`${bucket}/${name}`]!;
      return `<Contents><Key>${escaped(name)}</Key><Size>${length}</Size><ETag>&quot;${etagOf(length)}&quot;</ETag></Contents>`;
    });
    const more = next < keys.length ? `<NextContinuationToken>${next}</NextContinuationToken>` : '';
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${more !== ''}</IsTruncated>${contents.join('')}${more}</ListBucketResult>`,
      );
    return;
  }
  const object = objects[`${bucket}/${key}`];
  if (!object) return void refuse(404, 'NoSuchKey');
  const etag = `"${etagOf(object.length)}"`;
  if ((headers['if-match'] ?? etag) !== etag) return void refuse(412, 'PreconditionFailed');
  const first = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
  const part = object.subarray(first);
  response.writeHead(headers.range ? 206 : 200, {
    etag,
    'content-type': 'binary/octet-stream',
    'content-length': part.length,
    ...(headers.range && { 'content-range': `bytes ${first}-${object.length - 1}/${object.length}` }),
  });
  // Half an object, the first time: a connection that breaks off.
  if (key.startsWith('breaking/') && !headers.range) {
    response.write(part.subarray(0, part.length / 2), () => setTimeout(() => response.destroy(), 20));
  } else response.end(part);
}

const etagOf = (length: number) => `e${length}`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
