/** So often a sound that is alone must end the process. */
const triesAlone = 3;

/** So few are heard one by one: a process that ends costs more than they do. */
const few = 4;

/**
 * The places that end a process, and how, found by halving: each by itself, three times. `trial` hears places and
 * tells how the process ended, undefined where it did not.
 */
export async function poisonIn(
  places: readonly number[],
  trial: (places: readonly number[]) => Promise<string | undefined>,
): Promise<Map<number, string>> {
  if (places.length > few) {
    if ((await trial(places)) === undefined) return new Map();
    const middle = Math.ceil(places.length / 2);
    const before = await poisonIn(places.slice(0, middle), trial);
    const behind = await poisonIn(places.slice(middle), trial);
    return new Map([...before, ...behind]);
  }
  const found = new Map<number, string>();
  for (const place of places) {
    const how = await endingOf(place, trial);
    if (how !== undefined) found.set(place, how);
  }
  return found;
}

/** How the process ends at a place each time. */
async function endingOf(
  place: number,
  trial: (places: readonly number[]) => Promise<string | undefined>,
): Promise<string | undefined> {
  let how: string | undefined;
  for (let tries = 0; tries < triesAlone; tries++) {
    how = await trial([place]);
    if (how === undefined) return undefined;
  }
  return how;
}
