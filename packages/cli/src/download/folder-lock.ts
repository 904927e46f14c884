// A lock on a folder, which one process holds at a time: `lock` in it, itself a folder, with one file whose name says
// whose it is. Every step is one rename, which the system does for one process only: a lock appears with its owner in
// it, and what a dead owner has left goes to one of those who want it.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, ownerMark, ownerOf } from '@audiozoo/core/disk';
import { refusal } from './failure.js';

export const lockName = 'lock';

/** Another takes the lock between looking and taking so often only where something else is wrong. */
const mostTries = 1000;

/** Takes the lock of a folder, which is made when it is not there. Returns what gives it back. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, lockName);
  const name = `${ownerMark()}-${randomBytes(4).toString('hex')}`;
  const unlock = async () => {
    await rm(join(path, name), { force: true });
    await rmdir(path).catch(() => {}); // another may have put its own in place of the empty one
  };
  for (let tries = 0; tries < mostTries; tries++) {
    if (!(await succeeds(mkdir(folder, { recursive: true }), gone))) continue;
    const holder = await holderOf(path);
    const isMine =
      holder === undefined
        ? await putLock(folder, name)
        : await succeeds(rename(join(path, holder), join(path, name)), gone);
    if (isMine) return unlock; // else another was faster
  }
  throw held(path, 'a lock that cannot be taken over');
}

/** The file of an owner that is dead; undefined when nobody holds the lock. Refuses when somebody does. */
async function holderOf(path: string): Promise<string | undefined> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') return undefined;
    return holderOfFile(path);
  }
  const [name] = names;
  if (name === undefined) {
    await rmdir(path).catch(() => {}); // Windows puts no folder in the place of an empty one
    return undefined;
  }
  const owner = ownerOf(name);
  if (owner?.state === 'dead') return name;
  throw held(
    path,
    owner ? `process ${owner.pid}${owner.state === 'alive' ? '' : ' of another machine'}` : name,
  );
}

/** As the first version wrote it: a file that holds a process id. */
async function holderOfFile(path: string): Promise<undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (pid > 0 && pid !== process.pid && isRunning(pid)) throw held(path, `process ${pid}`);
  await rm(path, { force: true }).catch(() => {}); // not what has been put in its place meanwhile: that is a folder
}

/** Puts a lock where none is, its owner's name in it from the first moment on. */
async function putLock(folder: string, name: string): Promise<boolean> {
  const prepared = join(folder, `${ownerMark()}-${randomBytes(3).toString('hex')}`);
  const isPut =
    (await succeeds(mkdir(prepared), gone)) && // else the folder went with its last owner
    (await succeeds(writeFile(join(prepared, name), ''), gone)) &&
    (await succeeds(rename(prepared, join(folder, lockName)), [...gone, ...taken]));
  if (!isPut) await rm(prepared, { recursive: true, force: true });
  return isPut;
}

const gone = ['ENOENT'];
/** `EPERM` is Windows's word for it. */
const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'];

/** Whether a change was made; false when it fails as it does where another process was faster. */
function succeeds(change: Promise<unknown>, asExpected: readonly string[]): Promise<boolean> {
  return change.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (asExpected.includes(error.code!)) return false;
      throw error;
    },
  );
}

function held(path: string, by: string): Error {
  return refusal({
    what: 'another process is downloading to the same folder',
    got: by,
    hint: `Wait for it. If it is none of audiozoo, remove ${path}.`,
  });
}
