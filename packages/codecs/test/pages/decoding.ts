import { codecs } from '@audiozoo/codecs';
import { readAudio } from '@audiozoo/features/audio';

/** What the page makes of a file that lies beside it. */
export async function decode(file: string) {
  const notes: string[] = [];
  const printed: unknown[] = [];
  for (const method of ['log', 'warn', 'info'] as const) console[method] = (...words) => printed.push(words);
  const response = await fetch(`/test/fixtures/${file}`);
  const { samples, sampleRate } = await readAudio(await response.blob(), {
    decoders: codecs,
    channel: 'mean',
    onNote: (note) => notes.push(note),
  });
  return { samples, sampleRate, notes, printed };
}
