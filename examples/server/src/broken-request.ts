// What is no HTTP, or takes too long to arrive, comes to no route, and is answered on the bare connection.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from './problem.js';

const statuses: ReadonlyMap<string | undefined, readonly [status: number, what: string]> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request took too long to arrive']],
  ['HPE_HEADER_OVERFLOW', [431, 'the header is too large']],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'the chunk extensions are too large']],
]);

export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable) {
    const [status, what] = statuses.get(error.code) ?? [400, 'the request is not HTTP'];
    const body = JSON.stringify(new Problem(status, { code: 'argument', what }));
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}
