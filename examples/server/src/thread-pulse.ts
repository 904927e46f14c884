// What a thread and its owner know of each other without a message: whether it is in native code, and that it still
// turns. Native code that returns to a stopped thread finds no JavaScript to hand its results to, and onnxruntime's
// binding then aborts the process. So a thread takes a lock around native code, and whoever ends it, or the
// process, takes that lock before.

import { setImmediate as atOnce } from 'node:timers';

/** Memory that both share: the lock, and how often the thread has turned. */
export type ThreadPulse = Int32Array<SharedArrayBuffer>;

const [lock, beats] = [0, 1];
const [free, taken] = [0, 1];
const beatMilliseconds = 250;

export function createPulse(): ThreadPulse {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Counts on while this thread turns. */
export function keepBeating(pulse: ThreadPulse): void {
  setInterval(() => Atomics.add(pulse, beats, 1), beatMilliseconds).unref();
}

export function beatsOf(pulse: ThreadPulse): number {
  return Atomics.load(pulse, beats);
}

/**
 * Has this thread take its lock around whatever runs in a `setImmediate`, which is where onnxruntime's binding does its
 * work. A promise around that would not do: it holds the lock in the time before, when other code may hang.
 */
export function lockImmediates(pulse: ThreadPulse): void {
  const locked = (callback: (...values: unknown[]) => void, ...values: unknown[]) =>
    atOnce(() => {
      waitFor(pulse);
      try {
        callback(...values);
      } finally {
        release(pulse);
      }
    });
  const alike = Object.defineProperties(locked, Object.getOwnPropertyDescriptors(atOnce)); // its promisified form too
  globalThis.setImmediate = alike as typeof setImmediate;
}

/** Takes the lock: from then on the thread waits in front of native code. False while it is in some. */
export function hold(pulse: ThreadPulse): boolean {
  return Atomics.compareExchange(pulse, lock, free, taken) === free;
}

export function release(pulse: ThreadPulse): void {
  Atomics.store(pulse, lock, free);
  Atomics.notify(pulse, lock);
}

export function isInNativeCode(pulse: ThreadPulse): boolean {
  return Atomics.load(pulse, lock) === taken;
}

/** Of threads that nobody holds, nor has seen end. */
const watched = new Set<ThreadPulse>();

/** From now on the process does not end while the thread is in native code, until that is called off. */
export function endAfter(pulse: ThreadPulse): () => void {
  if (watched.size === 0) process.on('exit', holdAll);
  watched.add(pulse);
  return () => {
    watched.delete(pulse);
    if (watched.size === 0) process.off('exit', holdAll);
  };
}

function holdAll(): void {
  for (const pulse of watched) waitFor(pulse);
}

function waitFor(pulse: ThreadPulse): void {
  while (!hold(pulse)) Atomics.wait(pulse, lock, taken);
}
