// A model that answers along time, and a sound that it was taught to tell.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { openFile } from '@audiozoo/core/files';
import { efficientat } from '@audiozoo/efficientat';
import { soundingEvents, soundingRate } from '../../../testing/sounding-events.js';
import { bytesOf, wavFile } from '../../../testing/wav-file.js';

const checkpoint = join(
  import.meta.dirname,
  '../../../packages/efficientat/test/fixtures/sounds/frame_mn_sounds.pt',
);

/** Writes the model into a folder, and tells where. */
export async function soundsModel(folder: string): Promise<string> {
  const directory = join(folder, 'sounds');
  const source = await openFile(checkpoint);
  const labels = ['beep', 'noise', 'sweep'].map((name) => ({ name }));
  const output = directorySink(directory);
  await convertCheckpoint(source, { models: [efficientat], output, labels }).finally(() => source.close());
  return directory;
}

/** Writes a WAV of a beep, a noise, and a sweep with a beep at the same time. */
export async function soundsFile(folder: string): Promise<string> {
  const samples = soundingEvents(7, [
    { label: 'beep', start: 0.8, end: 1.6 },
    { label: 'noise', start: 2, end: 3.2 },
    { label: 'sweep', start: 4.2, end: 6 },
    { label: 'beep', start: 5, end: 5.6 },
  ]);
  const pcm = bytesOf(
    Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(sample, 1)) * 32767)),
  );
  const path = join(folder, 'sounds.wav');
  await writeFile(path, wavFile(pcm, { format: 'int', bits: 16, sampleRate: soundingRate }));
  return path;
}
