// Whole clips, several in a run of the model.

import { loadAudio } from '@audiozoo/tasks';
import type { Entry } from '../job/entry.js';
import { entryRow, failureRow, type ResultRow, type SoundError } from '../results/result-row.js';
import { checkHears } from './hear-noise.js';
import type { HeardEntry, Hearing } from './hearing.js';
import { soundError } from './sound-error.js';
import { toldLabels, toldTime } from './told-labels.js';

/** A clip as the model hears it, or why it cannot be. */
export type LoadedClip = { readonly entry: Entry; readonly place: number } & (
  | { readonly samples: Float32Array }
  | { readonly error: SoundError }
);

export async function loadClip(entry: Entry, place: number, hearing: Hearing): Promise<LoadedClip> {
  const { sampleRate, maxSamples } = hearing.classifier.frontEnd;
  try {
    const samples = await hearing.withSound(entry, (sound, options) =>
      loadAudio(sound, sampleRate, options, maxSamples),
    );
    return { entry, place, samples };
  } catch (error) {
    return { entry, place, error: soundError(error, hearing.signal) };
  }
}

type Loaded = Extract<LoadedClip, { readonly samples: Float32Array }>;

/** Hears a batch. One clip that the model refuses does not take the others with it. */
export async function hearClips(clips: readonly LoadedClip[], hearing: Hearing): Promise<HeardEntry[]> {
  const loaded = clips.filter((clip): clip is Loaded => 'samples' in clip);
  const rows = new Map(loaded.length > 0 ? await hearLoaded(loaded, hearing) : []);
  return clips.map((clip) => ({
    place: clip.place,
    rows: ['error' in clip ? failureRow(clip.entry, clip.error) : rows.get(clip)!],
  }));
}

async function hearLoaded(clips: readonly Loaded[], hearing: Hearing): Promise<[Loaded, ResultRow][]> {
  const { signal, settings } = hearing;
  try {
    if (settings.embed === undefined) return await hearLabels(clips, hearing);
    return await Promise.all(clips.map(async (clip) => [clip, await hearWithEmbedding(clip, hearing)]));
  } catch (error) {
    const [clip] = clips;
    if (clips.length === 1) {
      const failure = soundError(error, signal);
      // Where it hears nothing any more, as after a device is lost, the sound is not to blame.
      await checkHears(hearing.classifier);
      return [[clip!, failureRow(clip!.entry, failure)]];
    }
    const heard: [Loaded, ResultRow][] = [];
    for (const clip of clips) heard.push(...(await hearLoaded([clip], hearing)));
    return heard;
  }
}

async function hearLabels(
  clips: readonly Loaded[],
  { classifier, settings, signal }: Hearing,
): Promise<[Loaded, ResultRow][]> {
  const { sampleRate } = classifier.frontEnd;
  const audios = clips.map(({ samples }) => ({ samples, sampleRate }));
  const { data, shape } = await classifier.logits(audios, { signal });
  const count = shape[1]!;
  return clips.map((clip, row) => {
    const logits = data.subarray(row * count, (row + 1) * count);
    return [clip, { ...clipRow(clip, sampleRate), ...toldLabels(logits, classifier, settings.scores) }];
  });
}

/** One run gives both. */
async function hearWithEmbedding(
  clip: Loaded,
  { classifier, settings, signal }: Hearing,
): Promise<ResultRow> {
  const { sampleRate } = classifier.frontEnd;
  const names = classifier.labels.length > 0 ? ['logits', 'embedding'] : ['embedding'];
  const { logits, embedding } = await classifier.outputs({ samples: clip.samples, sampleRate }, names, {
    signal,
  });
  return {
    ...clipRow(clip, sampleRate),
    ...(logits && toldLabels(logits.data, classifier, settings.scores)),
    embedding: embedding!.data,
  };
}

function clipRow({ entry, samples }: Loaded, sampleRate: number): ResultRow {
  return { ...entryRow(entry), seconds: toldTime(samples.length / sampleRate) };
}
