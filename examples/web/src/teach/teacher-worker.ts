// The teacher's side, away from the page, which keeps drawing: hears the clips with the model that it begins with, and trains a
// head on what that makes of them.

import { AudiozooError, errorDescription } from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import { type OpenedModel, openBeginning } from './opened-model.js';
import { teach } from './teach.js';
import type { CallToTeacher, FromTeacher, TeachingProgress, ToTeacher } from './teacher-messages.js';

const underWay = new Map<number, AbortController>();
let opened: OpenedModel | undefined;

const answer = (message: FromTeacher) => postMessage(message);

async function run(call: CallToTeacher, signal: AbortSignal): Promise<unknown> {
  const context = {
    signal,
    onProgress: (progress: FileProgress | TeachingProgress) => answer({ id: call.id, progress }),
  };
  if (call.call === 'teach') {
    if (!opened) throw new AudiozooError({ code: 'model', what: 'there is no model to begin with' });
    return teach(call.value, opened, context);
  }
  const next = await openBeginning(call.value, context);
  signal.throwIfAborted(); // the page goes on with the one before
  await opened?.backend.forget();
  opened = next;
  return undefined;
}

async function answerCall({ data }: MessageEvent<ToTeacher>): Promise<void> {
  const { id } = data;
  if (data.call === 'stop') return underWay.get(id)?.abort();
  const controller = new AbortController();
  underWay.set(id, controller);
  try {
    answer({ id, result: await run(data, controller.signal) });
  } catch (error) {
    answer({ id, error: errorDescription(error, 'the teacher failed') });
  } finally {
    underWay.delete(id);
  }
}

// WebKit evaluates a worker's first module once more when a chunk imports from it. The first one has the model.
const scope = globalThis as { teaches?: boolean };
if (!scope.teaches) addEventListener('message', answerCall);
scope.teaches = true;
