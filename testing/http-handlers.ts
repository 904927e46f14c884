// A server on this machine that gives files as badly as a test wants it to.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** What was asked for, in order. */
  readonly requests: readonly IncomingMessage[];
}

/** Serves until the test ends. The handlers answer one request each, the last of them all further ones. */
export async function serve(...handlers: readonly Handler[]): Promise<FileServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handlers[Math.min(requests.length, handlers.length) - 1]!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** Gives a file as a good server does, with ranges as long as `etag` is the one asked for; in 16 pieces if it is slow. */
export function file(bytes: Uint8Array, { etag = '"v1"', slow = 0 } = {}): Handler {
  return (request, response) => {
    const { range, 'if-range': ifRange = etag } = request.headers;
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const isPart = first !== undefined && ifRange === etag;
    const start = isPart ? Number(first) : 0;
    const part = bytes.subarray(start, isPart && last ? Number(last) + 1 : bytes.length);
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-type': 'application/octet-stream',
      'content-length': part.length,
      ...(isPart && { 'content-range': `bytes ${start}-${start + part.length - 1}/${bytes.length}` }),
    });
    if (!slow) return void response.end(part);
    const step = Math.ceil(part.length / 16);
    const send = (offset: number) => {
      if (offset >= part.length) response.end();
      else response.write(part.subarray(offset, offset + step), () => setTimeout(send, slow, offset + step));
    };
    send(0);
  };
}

/** Announces a whole file, gives its first bytes, and then says no more until the connection is cut. */
export function firstBytes(
  bytes: Uint8Array,
  count: number,
  headers: Record<string, string> = { etag: '"v1"' },
): Handler & { cut(): void } {
  let answer: ServerResponse | undefined;
  const handler: Handler = (_, response) => {
    answer = response;
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, count));
  };
  return Object.assign(handler, { cut: () => void answer?.destroy() });
}

export function status(code: number, headers: Record<string, string> = {}, body = ''): Handler {
  return (_, response) => void response.writeHead(code, headers).end(body);
}

export function redirect(location: string, headers: Record<string, string> = {}): Handler {
  return status(302, { location, ...headers });
}
