// Files that somebody gave for a sound → samples.

import type { Audio } from '@audiozoo/features';

/** Throws `audio` errors that name the file when one is no sound. */
export async function readSounds(
  files: readonly File[],
  onNote: (note: string) => void,
): Promise<readonly Audio[]> {
  // Decoders come with the first file.
  const [{ readAudio }, { codecs }] = await Promise.all([
    import('@audiozoo/features/audio'),
    import('@audiozoo/codecs'),
  ]);
  const sounds: Audio[] = [];
  for (const file of files) {
    if (!file.name.startsWith('.')) sounds.push(await readAudio(file, { decoders: codecs, onNote }));
  }
  return sounds;
}
