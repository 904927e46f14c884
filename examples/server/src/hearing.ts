// From a request with sound to what a classifier says of it: the same for every question.

import type { Audio } from '@audiozoo/features';
import type { AudioClassifier } from '@audiozoo/tasks';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Metrics } from './metrics.js';
import { Problem } from './problem.js';
import type { soundQuery } from './schemas.js';
import { readSound } from './sound.js';
import { createUpload, type UploadOptions } from './upload.js';
import type { WorkQueue } from './work-queue.js';

/** What is asked of a classifier. */
export type Classifier = Pick<
  AudioClassifier,
  'device' | 'labels' | 'problemType' | 'frontEnd' | 'classify' | 'logits'
>;

export interface HearingOptions {
  /** By name; the first is the usual one. */
  readonly classifiers: ReadonlyMap<string, Classifier>;
  readonly queue: WorkQueue;
  readonly metrics: Metrics;
  readonly limits: UploadOptions & {
    /** Seconds of sound, at most. */
    readonly maxSeconds: number;
  };
  /** Whether no more work is taken. */
  isDraining(): boolean;
}

/**
 * Receives a request's sound and asks about it when it is its turn; nothing of it stays. The signal is aborted when
 * the client is gone.
 */
export type Hear = <Answer>(
  request: FastifyRequest,
  reply: FastifyReply,
  query: z.infer<typeof soundQuery>,
  ask: (classifier: Classifier, sound: Audio, signal: AbortSignal) => Promise<Answer>,
) => Promise<Answer & { model: string; seconds: number }>;

export function createHearing({ classifiers, queue, metrics, limits, isDraining }: HearingOptions): Hear {
  return async (request, reply, { model, channel, start, duration }, ask) => {
    if (isDraining()) {
      throw new Problem(503, { code: 'disposed', what: 'the server is about to stop' }, 1);
    }
    const [name, classifier] = chooseClassifier(classifiers, model);
    const { sampleRate } = classifier.frontEnd;
    const signal = untilGone(reply);
    const upload = createUpload(request, limits);
    try {
      return await queue.run(
        upload.receive,
        async (received) => {
          const part = { channel, start, duration, sampleRate, signal };
          const sound = await readSound(received, limits.maxSeconds, part);
          const seconds = sound.samples.length / sampleRate;
          const answer = await ask(classifier, sound, signal);
          metrics.heard(name, seconds);
          return { model: name, seconds, ...answer };
        },
        signal,
      );
    } finally {
      await upload.remove();
    }
  };
}

function chooseClassifier(
  classifiers: ReadonlyMap<string, Classifier>,
  name: string | undefined,
): readonly [name: string, classifier: Classifier] {
  for (const entry of classifiers) if (name === undefined || name === entry[0]) return entry;
  throw new Problem(404, {
    code: 'argument',
    what: 'there is no such model',
    expected: [...classifiers.keys()].join(', '),
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
