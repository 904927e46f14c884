// What a worker does a job's shards with: the model, found on this machine and checked, in processes of its own.

import { isAbsolute, join, resolve } from 'node:path';
import { type AnyModel, AudiozooError } from '@audiozoo/core';
import { checkHost, liesIn, type ShardRunner } from '@audiozoo/fleet';
import type { JobRecord } from '@audiozoo/fleet/queue';
import { identifyModel } from '../evaluation/model-identity.js';
import type { DeviceFlags } from '../flags/device.js';
import type { HearingFlags } from '../flags/sound.js';
import { isAddress, jobFetch } from '../input/job-fetch.js';
import { isFolder } from '../input/path.js';
import type { Session } from '../session/session.js';
import { localRunner, shareOf } from './local-shards.js';

export interface QueueWorkerOptions extends DeviceFlags {
  readonly concurrency: number;
  /** Where sounds, results, and folders of models lie. */
  readonly roots: readonly string[];
  /** A folder of models, by their names or checksums. */
  readonly models?: string | undefined;
  /** That may be asked for sound, and for models by their addresses. */
  readonly hosts?: readonly string[] | undefined;
  readonly plugin?: readonly string[] | undefined;
  readonly decoder?: HearingFlags['decoder'] | undefined;
}

/** Makes runners of jobs. Each model is looked for and checked once. */
export function queueRunners(options: QueueWorkerOptions, plugins: readonly AnyModel[], session: Session) {
  const { roots, hosts, plugin, decoder, concurrency } = options;
  const checked = new Map<string, Promise<string>>();
  return async ({ settings, out }: JobRecord): Promise<ShardRunner> => {
    const { name, sha256 } = settings.model;
    const known = `${sha256} ${name}`;
    if (!checked.has(known)) {
      const checking = checkedModel(settings.model, options, plugins, session);
      checked.set(known, checking);
      checking.catch(() => checked.delete(known)); // it may come
    }
    const model = { ...settings.model, name: await checked.get(known)! };
    return localRunner({
      settings: { ...settings, model },
      folder: out,
      device: shareOf(options, concurrency),
      plugin,
      decoder,
      access: { roots, hosts },
    });
  };
}

/** Where the model of a job is on this machine. Throws a `model` error where it is another one. */
async function checkedModel(
  { name, sha256 }: JobRecord['settings']['model'],
  options: QueueWorkerOptions,
  plugins: readonly AnyModel[],
  session: Session,
): Promise<string> {
  const found = await findModel(name, sha256, options);
  const fetch = jobFetch(found, options);
  const { sha256: got } = await identifyModel(found, plugins, session, { fetch });
  if (got === sha256) return found;
  throw new AudiozooError({
    code: 'model',
    what: `${found} is another model than the job's ${name}`,
    expected: `SHA-256 ${sha256}`,
    got,
    hint: 'Bring the same files to all machines, or name a folder of models by their checksums.',
    option: 'models',
  });
}

async function findModel(
  name: string,
  sha256: string,
  { roots, hosts, models }: QueueWorkerOptions,
): Promise<string> {
  if (models !== undefined) {
    const last = name.split(/[\\/]/).at(-1)!;
    const places = [sha256, name, last].map((place) => join(resolve(models), place));
    for (const place of places) {
      if (liesIn(place, resolve(models)) && (await isFolder(place))) return place;
    }
  }
  if (isAddress(name)) {
    if (!URL.canParse(name)) {
      throw new AudiozooError({
        code: 'model',
        what: "the address of the job's model is none",
        got: JSON.stringify(name),
        hint: 'Cancel the job, and begin another with an address that is whole.',
      });
    }
    checkHost(new URL(name), hosts);
    return name;
  }
  if (!(isAbsolute(name) || (await isFolder(name)))) return name;
  const path = resolve(name);
  if (roots.some((root) => liesIn(path, root))) return path;
  throw new AudiozooError({
    code: 'model',
    what: `the folder ${path} of the job's model lies in none of this worker's folders`,
    hint: 'Start the worker with that folder as a --root, or with one that holds the model as --models.',
  });
}
