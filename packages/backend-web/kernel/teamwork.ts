// How threads share the work. Each operation falls into pieces, and whoever is free takes the next one; all are
// done with an operation before the next begins.

// Addresses, each in a cache line of its own.
/** Counts the programs that were started. */
const generationAddress: usize = 64;
/** Threads that are done with an operation. */
const arrivedAddress: usize = 128;
/** Counts the operations that all were done with. */
const phaseAddress: usize = 192;
/** Pieces of the operation under way that threads have taken. */
const takenAddress: usize = 256;

/** Looks at a barrier before a thread goes to sleep, some 50 µs: shorter waits are over sooner than a thread wakes. */
const patience = 100_000;

/** The number of the next piece that nobody has taken. */
export function takePiece(): i32 {
  return atomic.add<i32>(takenAddress, 1);
}

/** Returns when all threads have come here. */
export function waitForAll(threads: i32): void {
  const phase = atomic.load<i32>(phaseAddress);
  if (atomic.add<i32>(arrivedAddress, 1) === threads - 1) {
    atomic.store<i32>(takenAddress, 0);
    atomic.store<i32>(arrivedAddress, 0);
    atomic.add<i32>(phaseAddress, 1);
    if (threads > 1) atomic.notify(phaseAddress, -1);
    return;
  }
  for (let look = 0; look < patience; look++) {
    if (atomic.load<i32>(phaseAddress) !== phase) return;
  }
  while (atomic.load<i32>(phaseAddress) === phase) atomic.wait<i32>(phaseAddress, phase, -1);
}

/** Tells all threads that there is a program. */
export function announceProgram(): void {
  atomic.add<i32>(generationAddress, 1);
  atomic.notify(generationAddress, -1);
}

/** Sleeps until the program after the first `generation` ones is there. */
export function awaitProgram(generation: i32): void {
  while (atomic.load<i32>(generationAddress) === generation) {
    atomic.wait<i32>(generationAddress, generation, -1);
  }
}
