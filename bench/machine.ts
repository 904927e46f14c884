// What was measured where.

import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

export const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;

/** Begins to watch the load average; what it returns says the one of then and of now. */
export function watchLoad(): () => string {
  const [before] = loadavg();
  return () => [before, loadavg()[0]].map((load) => load!.toFixed(1)).join(' to ');
}

/** `folder` from the repository's root: not every package lets its package.json be imported. */
export function packageVersion(folder: string): string {
  const path = join(import.meta.dirname, '..', folder, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

export function listed(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
