// Names for what is being written, which carry its owner; and the sweeping of what owners have left behind that were
// killed. Only such names are ever swept, and only once their owner is certain to be gone.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { notWritable } from './not-writable.js';
import { ownerMark, ownerOf } from './owner.js';

/** Of the name that a file will have, so much that people know it. File systems bound a name's length. */
const nameLength = 40;

/**
 * Where to write what is to be `target`, in the same folder, to be renamed once it is whole. Sweeps what killed
 * processes have left in that folder.
 */
export async function partialPath(target: string): Promise<string> {
  const folder = dirname(target);
  await sweep(folder);
  const name = basename(target).slice(0, nameLength);
  return join(folder, `.${name}.${ownerMark()}-${randomBytes(4).toString('hex')}.partial`);
}

let swept: Promise<void> | undefined;

/**
 * Makes a folder in the system's folder for temporary files, which nobody else may read. It is the caller's to remove;
 * if this process is killed, the next one does it.
 */
export async function temporaryFolder(): Promise<string> {
  const folder = tmpdir();
  await (swept ??= sweep(folder)); // once is enough where much comes and goes
  return mkdtemp(join(folder, `${ownerMark()}-`)).catch(notWritable(folder));
}

/** Removes what processes that are gone were writing in a folder. What cannot be removed stays, without a word. */
export async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const dead = names.filter((name) => isPartial(name) && ownerOf(name)?.state === 'dead');
  await Promise.all(dead.map((name) => rm(join(folder, name), { recursive: true }).catch(() => {})));
}

function isPartial(name: string): boolean {
  return /^(\..*\.)?audiozoo-[0-9a-f-]+-(\w{6}|[0-9a-f]{8}\.partial)$/.test(name);
}
