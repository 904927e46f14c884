// A lock on a folder, which one process holds at a time: `lock` in it, itself a folder, with one file whose name says
// whose it is. Every step is one rename, which the system does for one process only: a lock appears with its owner in
// it, and what a dead owner has left goes to one of those who want it.

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AudiozooError } from '../errors.js';
import { makeFolder } from './make-folder.js';
import { isRunning, type Owner, ownerMark, ownerOf } from './owner.js';

export const lockName = 'lock';

/** Another takes the lock between looking and taking so often only where something else is wrong. */
const mostTries = 1000;

/** What gives a lock back. */
export type Unlock = () => Promise<void>;

/** Who holds a lock, by what its file's name says of it. */
interface Holder {
  readonly name: string;
  readonly owner?: Owner | undefined;
}

/** Takes the lock of a folder, which is made when it is not there. Throws a `file` error while another is `doing` that: `training into`. */
export async function lockFolder(folder: string, doing: string): Promise<Unlock> {
  const taken = await tryLock(folder);
  if (typeof taken === 'function') return taken;
  const { name, owner } = taken;
  throw new AudiozooError({
    code: 'file',
    what: `another process is ${doing} the same folder`,
    got: owner ? `process ${owner.pid}${owner.state === 'alive' ? '' : ' of another machine'}` : name,
    hint: `Wait for it. If it is none of audiozoo, remove ${join(folder, lockName)}.`,
  });
}

/** Milliseconds between looks at a lock that another holds. */
const waitBetweenTries = 50;

/**
 * The same, but waits for a process of this machine. Returns undefined where another machine or container holds the
 * lock, of which nobody here can tell whether it still runs.
 */
export async function waitForFolder(folder: string, signal?: AbortSignal): Promise<Unlock | undefined> {
  for (;;) {
    signal?.throwIfAborted();
    const taken = await tryLock(folder);
    if (typeof taken === 'function') return taken;
    if (taken.owner?.state !== 'alive') return undefined;
    await new Promise((resolve) => setTimeout(resolve, waitBetweenTries));
  }
}

async function tryLock(folder: string): Promise<Unlock | Holder> {
  const path = join(folder, lockName);
  const name = `${ownerMark()}-${randomBytes(4).toString('hex')}`;
  const unlock = async () => {
    await rm(join(path, name), { force: true });
    await rmdir(path).catch(() => {}); // another may have put its own in place of the empty one
  };
  for (let tries = 0; tries < mostTries; tries++) {
    if (!(await succeeds(makeFolder(folder), gone))) continue;
    const holder = await holderOf(path);
    if (holder && holder.owner?.state !== 'dead') return holder;
    const isMine = holder
      ? await succeeds(rename(join(path, holder.name), join(path, name)), gone)
      : await putLock(folder, name);
    if (isMine) return unlock; // else another was faster
  }
  return { name: 'a lock that cannot be taken over' };
}

/** Who holds the lock, perhaps a process that is dead. */
async function holderOf(path: string): Promise<Holder | undefined> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') return undefined;
    return holderOfFile(path);
  }
  const [name] = names;
  if (name !== undefined) return { name, owner: ownerOf(name) };
  await rmdir(path).catch(() => {}); // Windows puts no folder in the place of an empty one
  return undefined;
}

/** As the first version wrote it: a file that holds a process id. */
async function holderOfFile(path: string): Promise<Holder | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (pid > 0 && pid !== process.pid && isRunning(pid))
    return { name: `${pid}`, owner: { pid, state: 'alive' } };
  await rm(path, { force: true }).catch(() => {}); // not what has been put in its place meanwhile: that is a folder
  return undefined;
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
