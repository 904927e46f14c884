// Windows overlap, so that the nearest ones are often many of one place.

export interface FoundPlace {
  /** Of the sound; absent where all are of one. */
  readonly name?: string | undefined;
  /** Seconds; absent, as `end` is, where it is a whole sound. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** The first `most` places, best first, without those that overlap a better one of the same sound. */
export function placesApart<Place extends FoundPlace>(places: Iterable<Place>, most: number): Place[] {
  const kept: Place[] = [];
  for (const place of places) {
    if (kept.length >= most) break;
    if (!kept.some((better) => overlap(better, place))) kept.push(place);
  }
  return kept;
}

function overlap(a: FoundPlace, b: FoundPlace): boolean {
  if (a.name !== b.name || a.start === undefined || b.start === undefined) return false;
  return a.start < b.end! && b.start < a.end!;
}
