// A request with sound, from its first byte to its answer: the same for every question.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { aboutToStop } from './about-to-stop.js';
import type { Heard, Hearing, Question, Topic } from './hearing.js';
import type { Metrics } from './metrics.js';
import { Problem } from './problem.js';
import type { ModelDescription } from './schemas.js';
import { createUpload, type UploadOptions } from './upload.js';
import type { WorkQueue } from './work-queue.js';

export interface SoundRequestOptions {
  readonly hearing: Hearing;
  readonly queue: WorkQueue;
  readonly metrics: Metrics;
  readonly uploads: UploadOptions;
  /** Whether no more work is taken. */
  isDraining(): boolean;
}

/** Receives a request's sound and asks about it when it is its turn; nothing of it stays. */
export type AnswerSound = <About extends Topic>(
  request: FastifyRequest,
  reply: FastifyReply,
  about: About,
  query: Question<About>['query'],
) => Promise<Heard<About> & { model: string }>;

export function createAnswerSound(options: SoundRequestOptions): AnswerSound {
  const { hearing, queue, metrics, uploads, isDraining } = options;
  return async (request, reply, about, query) => {
    if (isDraining()) throw aboutToStop();
    const model = chooseModel(hearing.models, query.model);
    const signal = untilGone(reply);
    const upload = createUpload(request, uploads);
    try {
      return await queue.run(
        upload.receive,
        async (received) => {
          const heard = await hearing.hear({ about, model, query, upload: received }, signal);
          metrics.heard(model, heard.seconds);
          return { model, ...heard };
        },
        signal,
      );
    } finally {
      await upload.remove();
    }
  };
}

function chooseModel(models: readonly ModelDescription[], name: string | undefined): string {
  const names = models.map((model) => model.name);
  const chosen = name === undefined ? names[0] : names.find((known) => known === name);
  if (chosen !== undefined) return chosen;
  throw new Problem(404, {
    code: 'argument',
    what: 'there is no such model',
    expected: names.join(', '),
    got: JSON.stringify(name),
  });
}

/** Aborts when the client is gone before it has its answer. */
function untilGone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
