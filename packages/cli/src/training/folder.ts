// The folder that a training fills: its own, and one process's at a time.

import { readdir, rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { lockFolder, lockName, notWritable, ownerOf } from '@audiozoo/core/disk';

/** What says that a folder is of a training, what lies there before that does, and what lies in one of several folds. */
const ofOne = /^training\.json$/;
const early = /^(clips|embeddings)-/;
const ofFolds = /^(fold-\d+|cross-validation\.json)$/;

/**
 * Takes the folder for one training, or for several folds. Throws a `file` error where it holds anything else, where it cannot be
 * made, and while another process trains there.
 */
export async function openTrainingFolder(
  out: string,
  { folds }: { readonly folds: boolean },
): Promise<{ close(): Promise<void> }> {
  await checkOwn(out, folds);
  const folder = resolve(out);
  const unlock = await lockFolder(folder, 'training into').catch(notWritable(folder));
  const close = async () => {
    await unlock();
    await rmdir(folder).catch(() => {}); // where nothing came of it
  };
  try {
    await checkOwn(out, folds); // the last owner may just have ended
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function checkOwn(out: string, folds: boolean): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') return undefined;
    return notWritable(out)(error);
  });
  const others = names?.filter((name) => name !== lockName && ownerOf(name) === undefined);
  if (others?.length === 0) return;
  const isOwn = folds
    ? others?.every((name) => ofFolds.test(name))
    : others?.some((name) => ofOne.test(name)) || others?.every((name) => early.test(name));
  if (isOwn) return;
  throw new AudiozooError({
    code: 'file',
    what: `${out} is not free`,
    expected: 'a folder that is not there, an empty one, or one of this very training',
    got: others ? `a folder with ${others.slice(0, 3).join(', ')}` : 'a file',
    hint: 'Name another folder, or remove this one first.',
    option: 'out',
  });
}
