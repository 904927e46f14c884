// Where uploads lie while they are heard: a folder whose name says whose it is, so that what a killed server left can
// be told from what another one needs, and goes when the next one starts.

import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface UploadFolder {
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

const named = /^audiozoo-server-(\d+)-(\d+)-/;

/** Makes one that goes with this process at the latest, unless that is killed, and removes those of servers that were. */
export async function makeUploadFolder(): Promise<UploadFolder> {
  await sweep(tmpdir());
  const path = await mkdtemp(join(tmpdir(), `audiozoo-server-${process.pid}-${startOf(process.pid) ?? 0}-`));
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeNow);
  return {
    path,
    async remove() {
      process.off('exit', removeNow);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid, start] = named.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid), Number(start))) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {}); // it may be another user's
  }
}

/** Another process may have the number of one that is gone. */
function isAlive(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === (startOf(pid) ?? start);
}

/** When a process started, in ticks since the machine did; undefined where nobody says. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[20]); // the name before may hold anything
  } catch {
    return undefined;
  }
}
