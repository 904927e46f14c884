// What every reader of foreign bytes must hold to, whatever the bytes: it answers or throws an AudiozooError in a few
// words, soon, in little memory, and leaves no promise behind.

import { AudiozooError } from '@audiozoo/core';
import type fc from 'fast-check';

export interface FuzzedReader {
  readonly name: string;
  /** Files to read. */
  readonly files: fc.Arbitrary<Uint8Array>;
  /** Cases in the tests, where one takes long. */
  readonly runs?: number;
  /** Reads all that there is to read. */
  readonly read: (bytes: Uint8Array) => Promise<void>;
}

/** Of the processor: machines are shared. The files are small, so that a hundredth of it is usual. */
const mostMilliseconds = 3000;
const mostMegabytes = 300;
const mostCharacters = 2000;

/** Reads `bytes`; throws when the reader does what none may do. */
export async function check({ name, read }: FuzzedReader, bytes: Uint8Array): Promise<void> {
  const memory = process.resourceUsage().maxRSS;
  const processor = process.cpuUsage();
  let thrown: unknown;
  try {
    await read(bytes);
  } catch (error) {
    thrown = error;
  }
  const { user, system } = process.cpuUsage(processor);
  const milliseconds = (user + system) / 1000;
  const megabytes = (process.resourceUsage().maxRSS - memory) / 1000 - bytes.length / 1e6;
  const failed = (why: string) => new Error(`${name} ${why}`, thrown === undefined ? {} : { cause: thrown });
  if (thrown !== undefined && !AudiozooError.isInstance(thrown)) throw failed('throws something else');
  if (thrown instanceof Error && thrown.message.length > mostCharacters) throw failed('says too much');
  if (milliseconds > mostMilliseconds) throw failed(`takes ${milliseconds} ms`);
  if (megabytes > mostMegabytes) throw failed(`takes ${megabytes} MB`);
  if (Object.keys(Object.prototype).length > 0) throw failed('changes every object');
}
