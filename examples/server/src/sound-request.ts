// A request with sound, from its first byte to its answer: the same for every question.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { aboutToStop } from './about-to-stop.js';
import type { Arrivals } from './arrivals.js';
import type { Heard, Hearing, Question, Tell, Topic } from './hearing.js';
import type { Metrics } from './metrics.js';
import { Problem } from './problem.js';
import type { ModelDescription } from './schemas.js';
import { senderOf } from './sender.js';
import { createUpload, type UploadOptions } from './upload.js';
import type { WorkQueue } from './work-queue.js';

export interface SoundRequestOptions {
  readonly hearing: Hearing;
  readonly arrivals: Arrivals;
  readonly queue: WorkQueue;
  readonly metrics: Metrics;
  readonly uploads: UploadOptions;
  /** Seconds that a sound may take to be decoded and heard. */
  readonly deadline: number;
  /** Whether no more work is taken. */
  isDraining(): boolean;
}

export interface SoundRequests {
  /** Receives a request's sound and asks about it when it is its turn; nothing of it stays. */
  answer<About extends Topic>(
    request: FastifyRequest,
    reply: FastifyReply,
    about: About,
    query: Question<About>['query'],
    tell?: Tell,
  ): Promise<Heard<About> & { model: string }>;
  /** Resolves when none is left. */
  none(): Promise<void>;
  /** Ends all of them, with this answer. */
  cancel(reason: Error): void;
}

export function createSoundRequests(options: SoundRequestOptions): SoundRequests {
  const { hearing, arrivals, queue, metrics, uploads, deadline, isDraining } = options;
  const underWay = new Set<AbortController>();
  const whenNone: (() => void)[] = [];

  async function answer<About extends Topic>(
    request: FastifyRequest,
    controller: AbortController,
    about: About,
    query: Question<About>['query'],
    tell: Tell | undefined,
  ): Promise<Heard<About> & { model: string }> {
    const model = chooseModel(hearing.models, query.model, about);
    const { signal } = controller;
    const upload = createUpload(request, uploads);
    const hear = async (received: Question['upload']) => {
      const timer = setTimeout(() => {
        metrics.pastDeadline(model);
        controller.abort(pastDeadline(deadline));
      }, deadline * 1000);
      try {
        return await hearing.hear({ about, model, query, upload: received }, signal, tell);
      } finally {
        clearTimeout(timer);
      }
    };
    try {
      queue.checkRoom();
      const received = await arrivals.receive(senderOf(request), upload.receive, controller);
      const heard = await queue.run(() => hear(received), signal);
      metrics.heard(model, heard.seconds);
      return { model, ...heard };
    } finally {
      await upload.remove();
    }
  }

  return {
    async answer(request, reply, about, query, tell) {
      if (isDraining()) throw aboutToStop();
      const controller = new AbortController();
      underWay.add(controller);
      whenGone(reply, () => controller.abort());
      try {
        return await answer(request, controller, about, query, tell);
      } finally {
        underWay.delete(controller);
        if (underWay.size === 0) for (const resolve of whenNone.splice(0)) resolve();
      }
    },
    none: () => (underWay.size === 0 ? Promise.resolve() : new Promise((resolve) => whenNone.push(resolve))),
    cancel(reason) {
      for (const controller of underWay) controller.abort(reason);
    },
  };
}

/** The name of the model that a request means. Throws 400 and 404 problems. */
export function chooseModel(
  models: readonly ModelDescription[],
  name: string | undefined,
  about: Topic,
): string {
  const names = models.map((model) => model.name);
  const readers = models.filter(({ readsWords }) => readsWords).map((model) => model.name);
  const [usual] = about === 'words' && readers.length > 0 ? readers : names;
  const chosen = name === undefined ? usual : names.find((known) => known === name);
  if (about === 'words' && chosen !== undefined && !readers.includes(chosen)) {
    throw readsNoWords(chosen, readers);
  }
  if (chosen !== undefined) return chosen;
  throw new Problem(404, {
    code: 'argument',
    what: 'there is no such model',
    expected: names.join(', '),
    got: JSON.stringify(name),
  });
}

function readsNoWords(name: string, readers: readonly string[]): Problem {
  return new Problem(400, {
    code: 'argument',
    what: `${name} reads no words`,
    expected: readers.length > 0 ? readers.join(', ') : 'a server with a model of sound and words',
    hint: 'Use /v1/classify, which tells the labels of the model, or start the server with a CLAP.',
    option: 'model',
  });
}

/** Tells when the client is gone before it has its answer. */
function whenGone({ raw }: FastifyReply, act: () => void): void {
  raw.once('close', () => {
    if (!raw.writableFinished) act();
  });
}

function pastDeadline(seconds: number): Problem {
  return new Problem(504, {
    code: 'runtime',
    what: 'the sound takes too long to hear',
    expected: `at most ${seconds} seconds of work`,
    hint: 'Choose a part with `start` and `duration`, or a longer `hop`.',
  });
}
