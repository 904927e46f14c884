// An answer that comes while it is worked out, as server-sent events: what was found, how far it is, and its end.

import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Heard, Tell } from './hearing.js';
import type { Problem } from './problem.js';

export const eventStreamType = 'text/event-stream';

/** Bytes that a client may be behind. Who takes them more slowly is sent away. */
const mostWaiting = 2 ** 20;

/**
 * Sends what `work` tells, and how it ended. What fails before anything is told is thrown, to be an ordinary answer;
 * later it is a last message, as the status has been sent.
 */
export async function sendAsItComes(
  reply: FastifyReply,
  work: (tell: Tell) => Promise<Heard<'events'> & { readonly model: string }>,
  asProblem: (error: unknown) => Problem,
): Promise<void> {
  const stream = new PassThrough();
  const send = (name: string, data: unknown) => {
    if (stream.destroyed) return; // the client is gone
    stream.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (stream.writableLength + stream.readableLength > mostWaiting) reply.raw.destroy();
  };
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const done = work((part) => {
    if ('event' in part) send('event', part.event);
    else send('progress', part);
    begin();
  });
  await Promise.race([begun, done]);
  done
    .then(
      ({ model, seconds, events }) => send('end', { model, seconds, events: events.length }),
      (error: unknown) => send('problem', asProblem(error)),
    )
    .finally(() => stream.end());
  await reply.type(eventStreamType).header('cache-control', 'no-store').send(stream);
}
