/** Of work in a shard, about: so much is lost where a process ends. */
const workSeconds = 60;

const [least, most] = [2 ** 6, 2 ** 22];

/** How much sound to cut into a shard, in seconds: a power of two, of a model that hears so many in a second. */
export function chooseShardSeconds(soundSecondsPerSecond: number): number {
  const power = 2 ** Math.round(Math.log2(soundSecondsPerSecond * workSeconds));
  return Math.min(most, Math.max(least, power));
}
