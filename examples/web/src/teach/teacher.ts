// The page's half of the teacher, who works in a worker of his own.

import { AudiozooError } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import type { Lesson } from './lesson.js';
import type { FromTeacher, PostedModel, Taught, TeacherCalls, TeachingProgress } from './teacher-messages.js';

export interface Teacher {
  /** Takes another model to begin with. Throws what opening it throws; then there is none. */
  open(model: PostedModel, options: CallOptions<FileProgress>): Promise<void>;
  /** Throws what `fineTune` throws. */
  teach(lesson: Lesson, options: CallOptions<TeachingProgress>): Promise<Taught>;
}

export interface CallOptions<Progress> {
  /** Aborting rejects at once, and the teacher stops soon. */
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

interface Pending {
  settle(outcome: { readonly result: unknown } | { readonly error: unknown }): void;
  onProgress(progress: unknown): void;
}

export function createTeacher(): Teacher {
  const worker = new Worker(new URL('./teacher-worker.ts', import.meta.url), {
    type: 'module',
    name: 'teacher',
  });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let broken: AudiozooError | undefined;

  worker.addEventListener('message', ({ data }: MessageEvent<FromTeacher>) => {
    const waiting = pending.get(data.id);
    if ('progress' in data) waiting?.onProgress(data.progress);
    else if ('error' in data) waiting?.settle({ error: new AudiozooError(data.error) });
    else waiting?.settle(data);
  });
  worker.addEventListener('error', ({ message }) => {
    broken = new AudiozooError({
      code: 'runtime',
      what: 'the teacher failed',
      got: message || 'no message: its script may not have loaded',
      hint: 'Save what you have, and load the page again.',
    });
    for (const { settle } of [...pending.values()]) settle({ error: broken });
  });

  function call<Name extends keyof TeacherCalls>(
    name: Name,
    value: TeacherCalls[Name][0],
    { signal, onProgress }: CallOptions<TeacherCalls[Name][1]>,
  ): Promise<TeacherCalls[Name][2]> {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const stop = () => {
        worker.postMessage({ id, call: 'stop' });
        settle({ error: signal.reason });
      };
      const settle: Pending['settle'] = (outcome) => {
        pending.delete(id);
        signal.removeEventListener('abort', stop);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.result as TeacherCalls[Name][2]);
      };
      if (broken) return reject(broken);
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      pending.set(id, {
        settle,
        onProgress: (progress) => onProgress(progress as TeacherCalls[Name][1]),
      });
      worker.postMessage({ id, call: name, value });
    });
  }

  return {
    open: (model, options) => call('open', model, options),
    teach: (lesson, options) => call('teach', lesson, options),
  };
}
