import { readAudio } from '@audiozoo/features/audio';

/** What the page hears in a file: samples, and what is wrong with it. */
export async function hear(file: readonly number[]) {
  const notes: string[] = [];
  const { samples, sampleRate } = await readAudio(Uint8Array.from(file), {
    onNote: (note) => notes.push(note),
  });
  return { samples: [...samples], sampleRate, notes };
}
