// Keeps the process from ending while a thread is in onnxruntime. Ending a process stops its threads, and native code
// that comes back to a stopped thread finds no JavaScript to hand its results to: onnxruntime's binding then
// aborts. So a thread takes its lock around native code, and a process takes the locks of its threads before it
// ends. That takes no longer than without: threads do not end before their native code does anyway.

const free = 0;
const taken = 1;

/** @type {Set<Int32Array>} */
const locks = new Set();

/**
 * A lock to hand to a thread. The process does not end while it is taken.
 *
 * @returns {{ lock: Int32Array, forget(): void }} `forget` once the thread has ended.
 */
export function threadLock() {
  const lock = new Int32Array(new SharedArrayBuffer(4));
  if (locks.size === 0) process.on('exit', takeAll);
  locks.add(lock);
  return {
    lock,
    forget() {
      locks.delete(lock);
      if (locks.size === 0) process.off('exit', takeAll);
    },
  };
}

/**
 * Does `work` with the lock.
 *
 * @template Result
 * @param {Int32Array} lock
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withLock(lock, work) {
  take(lock);
  try {
    return await work();
  } finally {
    Atomics.store(lock, 0, free);
    Atomics.notify(lock, 0);
  }
}

function takeAll() {
  for (const lock of locks) take(lock);
}

/** @param {Int32Array} lock */
function take(lock) {
  while (Atomics.compareExchange(lock, 0, free, taken) === taken) Atomics.wait(lock, 0, taken);
}
