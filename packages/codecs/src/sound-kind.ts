export interface SoundKind {
  readonly sampleRate: number;
  readonly channels: number;
}

export function sameKind(a: SoundKind, b: SoundKind): boolean {
  return a.sampleRate === b.sampleRate && a.channels === b.channels;
}

/** What to say of a file in which one kind of sound follows another, of which only the first is heard. */
export function changeOfKind(before: SoundKind, after: SoundKind): string {
  const change = sameKind(before, after)
    ? 'goes on in another format'
    : `changes from ${describe(before)} to ${describe(after)}`;
  return `${change}: what comes after that is left out`;
}

function describe({ sampleRate, channels }: SoundKind): string {
  return `${sampleRate} Hz with ${channels} ${channels === 1 ? 'channel' : 'channels'}`;
}
