// The clips of a data set on disk, ready to be heard.

import { stat } from 'node:fs/promises';
import type { AudioOptions } from '@audiozoo/tasks';
import { loadAudio } from '@audiozoo/tasks';
import type { ClipOnDisk, DataSetOnDisk } from '../../data/read-data-set.js';
import type { TrainingClip, TrainingSet } from './training-clip.js';

/** How files are read. */
export type ReadingOptions = Pick<AudioOptions, 'channel' | 'kernel' | 'decoders' | 'decoder' | 'onNote'>;

/** Looks at each file's size and time, so that a training notices when one has changed; those that are not there are told of when they are heard. */
export async function clipsOnDisk(
  { labels, clips }: DataSetOnDisk,
  options: ReadingOptions = {},
): Promise<TrainingSet> {
  const versions = new Map<string, string | undefined>();
  const ready: TrainingClip[] = [];
  for (const clip of clips) {
    if (!versions.has(clip.path)) versions.set(clip.path, await versionOf(clip.path));
    ready.push(clipOnDisk(clip, versions.get(clip.path), options));
  }
  return { labels, clips: ready };
}

async function versionOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.size} ${found.mtimeMs}`;
}

function clipOnDisk(
  { path, file, labels, fold, start, end }: ClipOnDisk,
  version: string | undefined,
  options: ReadingOptions,
): TrainingClip {
  const part = start === undefined && end === undefined ? '' : ` (${start ?? 0}–${end ?? 'end'} s)`;
  return {
    ...{ name: `${file}${part}`, labels, version },
    ...(fold !== undefined && { fold }),
    async sound(sampleRate, { maxSamples = Infinity, signal }) {
      const longest = maxSamples / sampleRate;
      const told = end === undefined ? Infinity : end - (start ?? 0);
      const duration = Math.min(told, longest);
      return loadAudio(path, sampleRate, {
        ...{ ...options, signal, start },
        ...(duration !== Infinity && { duration }),
      });
    },
  };
}
