// An HTTP server with the manners of real ones, good and bad.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Manners {
  /** Answers requests for a range with a part. */
  ranges?: boolean;
  /** Says a Content-Length that is wrong by so many bytes. */
  lengthOff?: number;
  /** Says no Content-Length at all. */
  chunked?: boolean;
  /** Breaks the connection after so many bytes. */
  breakAfter?: number;
  /** Sends this many bytes, then waits until the connection is closed. */
  stallAfter?: number;
  status?: number;
  contentType?: string;
  etag?: string;
  /** Headers that browsers may show to pages of other origins. */
  expose?: string;
}

export interface FileServer {
  readonly url: string;
  /** Files by path, and how they are served; changes count from the next request on. */
  readonly files: Map<string, Uint8Array>;
  manners: Manners;
  /** `GET /a.bin bytes=0-9` for each request so far. */
  readonly log: string[];
  close(): Promise<void>;
}

/** Serves files from memory, on this machine, to pages of any origin. */
export async function serveFiles(): Promise<FileServer> {
  const served = { files: new Map<string, Uint8Array>(), manners: {} as Manners, log: [] as string[] };
  const server = createServer((request, response) => answer(served, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(served, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function answer(
  { files, manners, log }: Pick<FileServer, 'files' | 'manners' | 'log'>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { range } = request.headers;
  log.push([request.method, request.url, range].filter(Boolean).join(' '));
  response.setHeader('Access-Control-Allow-Origin', '*');
  if (manners.expose) response.setHeader('Access-Control-Expose-Headers', manners.expose);
  const whole = files.get(request.url!);
  if (!whole) {
    response.writeHead(404).end();
    return;
  }
  const part = manners.ranges ? /^bytes=(\d+)-(\d*)$/.exec(range ?? '') : undefined;
  const first = Number(part?.[1] ?? 0);
  if (part && first >= whole.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${whole.length}` }).end();
    return;
  }
  const end = part?.[2] ? Math.min(Number(part[2]) + 1, whole.length) : whole.length;
  const body = whole.subarray(first, end);
  const { status, contentType = 'application/octet-stream', etag, lengthOff = 0 } = manners;
  response.writeHead(status ?? (part ? 206 : 200), {
    'Content-Type': contentType,
    ...(etag && { ETag: etag }),
    ...(!manners.chunked && { 'Content-Length': body.length + lengthOff }),
    ...(part && { 'Content-Range': `bytes ${first}-${end - 1}/${whole.length + lengthOff}` }),
  });
  const limit = manners.breakAfter ?? manners.stallAfter;
  if (limit === undefined || limit >= body.length) response.end(body);
  else response.write(body.subarray(0, limit), () => manners.breakAfter !== undefined && response.destroy());
}
