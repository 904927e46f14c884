// Pre-emphasis of a whole signal: each sample less a share of the one before it. The first has none before it; it comes out
// as it is, and is not to be heard.

/** Writes what becomes of `samples` to `emphasized`, and returns it. `before` is the sample before them, 0 at a signal's start. */
function preemphasize(
  samples: Float32Array,
  share: number,
  before: number,
  emphasized: Float32Array,
): Float32Array {
  let last = before;
  const aligned = samples.length & ~3;
  // Four at a time take half as long.
  for (let index = 0; index < aligned; index += 4) {
    const a = samples[index]!;
    const b = samples[index + 1]!;
    const c = samples[index + 2]!;
    const d = samples[index + 3]!;
    emphasized[index] = a - share * last;
    emphasized[index + 1] = b - share * a;
    emphasized[index + 2] = c - share * b;
    emphasized[index + 3] = d - share * c;
    last = d;
  }
  for (let index = aligned; index < samples.length; index++) {
    const sample = samples[index]!;
    emphasized[index] = sample - share * last;
    last = sample;
  }
  return emphasized;
}

/** Pre-emphasis of one signal that comes in pieces. */
export function createPreemphasis(share: number): (samples: Float32Array) => Float32Array {
  let last = 0;
  return (samples) => {
    const emphasized = preemphasize(samples, share, last, new Float32Array(samples.length));
    last = samples.at(-1) ?? last;
    return emphasized;
  };
}

/** The longest signal whose room is kept: half a minute at 32 kHz. */
const keptSamples = 2 ** 20;

/** Pre-emphasis of whole signals. The result lasts until the next call: new memory would take longer than the work. */
export function createWholePreemphasis(share: number): (samples: Float32Array) => Float32Array {
  let room = new Float32Array(0);
  return (samples) => {
    const { length } = samples;
    if (length > keptSamples) return preemphasize(samples, share, 0, new Float32Array(length));
    if (length > room.length) room = new Float32Array(length);
    return preemphasize(samples, share, 0, room.subarray(0, length));
  };
}
