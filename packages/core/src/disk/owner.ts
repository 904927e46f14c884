// Which process a file belongs to, as a part of its name, so that whoever comes later can tell whether that process is
// still there: `audiozoo-PID-START-MACHINE-BOOT`. A process id alone is not enough: ids are used again, also after a
// restart of the machine, and other machines and containers that see the same disk have ids of their own.

import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  readonly pid: number;
  /**
   * `dead` only where that is certain: a process of another machine or container, or one that this system does not
   * tell apart from another with its id, may be alive.
   */
  readonly state: 'alive' | 'dead' | 'elsewhere';
}

const form = /audiozoo-(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})/;

/** Linux's first process namespace: whoever is in it is in no container. */
const firstNamespace = 'pid:[4026531836]';

let own: { readonly start: string; readonly machine: string; readonly boot: string } | undefined;

/** This process's part of a name. */
export function ownerMark(): string {
  const { start, machine, boot } = self();
  return `audiozoo-${process.pid}-${start}-${machine}-${boot}`;
}

/** Whose a file of this name is; undefined when it names no owner. */
export function ownerOf(name: string): Owner | undefined {
  const [, id, start, machine, boot] = form.exec(name) ?? [];
  if (id === undefined) return undefined;
  const pid = Number(id);
  if (machine !== self().machine) return { pid, state: 'elsewhere' };
  return { pid, state: boot === self().boot && isRunning(pid, start!) ? 'alive' : 'dead' };
}

/** Whether a process with this id runs that may be the one that started then. */
export function isRunning(pid: number, start = unknownStart): boolean {
  try {
    process.kill(pid, 0); // asks, and sends nothing
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false; // that one runs, and is another user's
  }
  const found = startOf(pid);
  return found !== undefined && (found === start || [found, start].includes(unknownStart));
}

const unknownStart = '0';

/** When a process started, in the system's ticks; undefined when it has ended and only waits for its parent to hear. */
function startOf(pid: number): string | undefined {
  const status = readIfThere(`/proc/${pid}/stat`);
  // The command's name comes before, in brackets, and may hold anything.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  if (/^[ZX]/.test(fields[0]!)) return undefined;
  return fields[19] ?? unknownStart;
}

function self(): NonNullable<typeof own> {
  if (own) return own;
  const namespace = readIfThere('/proc/self/ns/pid', (path) => readlinkSync(path));
  const boot = readIfThere('/proc/sys/kernel/random/boot_id');
  const machine = [hostname(), readIfThere('/etc/machine-id'), namespace];
  // A container that has the name of one before it need not be the same one, started again.
  if (namespace !== firstNamespace) machine.push(boot);
  own = { start: startOf(process.pid) ?? unknownStart, machine: hash(machine.join('\n')), boot: hash(boot) };
  return own;
}

function readIfThere(path: string, read = (path: string) => readFileSync(path, 'utf8')): string {
  try {
    return read(path);
  } catch {
    return '';
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
