// The page's half of the teacher, who works in a worker of his own.

import { AudiozooError } from '@audiozoo/core';
import type { Lesson } from './lesson.js';
import type { FromTeacher, PostedModel, Taught, TeacherCalls, TeachingProgress } from './teacher-messages.js';

export interface Teacher {
  /** Takes another model to begin with. Throws what opening it throws; then there is none. */
  open(model: PostedModel): Promise<void>;
  /** Aborting rejects at once, and the teacher stops soon. */
  teach(lesson: Lesson, options: TeachCallOptions): Promise<Taught>;
}

export interface TeachCallOptions {
  readonly signal: AbortSignal;
  onProgress(progress: TeachingProgress): void;
}

interface Pending {
  settle(outcome: { readonly result: unknown } | { readonly error: unknown }): void;
  readonly onProgress: ((progress: TeachingProgress) => void) | undefined;
}

export function createTeacher(): Teacher {
  const worker = new Worker(new URL('./teacher-worker.ts', import.meta.url), {
    type: 'module',
    name: 'teacher',
  });
  const pending = new Map<number, Pending>();
  let lastId = 0;

  worker.addEventListener('message', ({ data }: MessageEvent<FromTeacher>) => {
    const waiting = pending.get(data.id);
    if ('progress' in data) waiting?.onProgress?.(data.progress);
    else if ('error' in data) waiting?.settle({ error: new AudiozooError(data.error) });
    else waiting?.settle(data);
  });
  worker.addEventListener('error', ({ message }) => {
    const error = new AudiozooError({
      code: 'runtime',
      what: 'the teacher failed',
      got: message || 'no message: its script may not have loaded',
      hint: 'Save what you have, and load the page again.',
    });
    for (const { settle } of [...pending.values()]) settle({ error });
  });

  function call<Name extends keyof TeacherCalls>(
    name: Name,
    value: TeacherCalls[Name][0],
    { signal, onProgress }: Partial<TeachCallOptions> = {},
  ): Promise<TeacherCalls[Name][1]> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const stop = () => {
        worker.postMessage({ id, call: 'stop' });
        settle({ error: signal!.reason });
      };
      const settle: Pending['settle'] = (outcome) => {
        pending.delete(id);
        signal?.removeEventListener('abort', stop);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.result as TeacherCalls[Name][1]);
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', stop, { once: true });
      pending.set(id, { settle, onProgress });
      worker.postMessage({ id, call: name, value });
    });
  }

  return {
    async open(model) {
      await call('open', model);
    },
    teach: (lesson, options) => call('teach', lesson, options),
  };
}
