/** DevTools' answer to Runtime.getHeapUsage. */
interface HeapUsage {
  readonly usedSize: number;
  /** Of the DOM; workers have none. */
  readonly embedderHeapUsedSize?: number;
  /** Of buffers that are not shared; WebAssembly with threads has one that is. */
  readonly backingStorageSize?: number;
}

/** Bytes that a thread's heap and buffers take. `send` calls a method of the DevTools protocol in that thread. */
export async function heapBytes(send: (method: 'Runtime.getHeapUsage') => Promise<unknown>): Promise<number> {
  const usage = (await send('Runtime.getHeapUsage')) as HeapUsage;
  return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
}
