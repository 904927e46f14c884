// The teacher's side, away from the page, which keeps drawing: hears the clips with the model that it begins with, and trains a
// head on what that makes of them.

import { AudiozooError, errorDescription } from '@audiozoo/core';
import { type OpenedModel, openBeginning } from './opened-model.js';
import { teach } from './teach.js';
import type { FromTeacher, TeachingProgress, ToTeacher } from './teacher-messages.js';

const underWay = new Map<number, AbortController>();
let opened: Promise<OpenedModel> | undefined;

const answer = (message: FromTeacher) => postMessage(message);

async function run(
  message: Exclude<ToTeacher, { call: 'stop' }>,
  onProgress: (progress: TeachingProgress) => void,
  signal: AbortSignal,
): Promise<unknown> {
  if (message.call === 'open') {
    const before = opened;
    opened = openBeginning(message.value, signal);
    await before?.then(({ backend }) => backend.forget()).catch(() => undefined);
    await opened;
    return undefined;
  }
  if (!opened) throw new AudiozooError({ code: 'model', what: 'there is no model to begin with' });
  return teach(message.value, await opened, { onProgress, signal });
}

addEventListener('message', async ({ data }: MessageEvent<ToTeacher>) => {
  const { id } = data;
  if (data.call === 'stop') return underWay.get(id)?.abort();
  const controller = new AbortController();
  underWay.set(id, controller);
  const onProgress = (progress: TeachingProgress) => answer({ id, progress });
  try {
    answer({ id, result: await run(data, onProgress, controller.signal) });
  } catch (error) {
    answer({ id, error: errorDescription(error, 'the teacher failed') });
  } finally {
    underWay.delete(id);
  }
});
