// What every reader of foreign bytes must hold to, whatever the bytes: it answers or throws an AudiozooError in a few
// words, soon, in little memory, and leaves no promise behind.

import { AudiozooError } from '@audiozoo/core';
import type fc from 'fast-check';
import { processorTime } from '../../testing/processor-time.js';

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
/** A decoder that starts with a file, and a machine that others wait for too, make a case slow once; a file does so each time. */
const mostTries = 3;
const mostMegabytes = 300;
const mostCharacters = 2000;

/** Reads `bytes`; throws when the reader does what none may do. */
export async function check({ name, read }: FuzzedReader, bytes: Uint8Array): Promise<void> {
  const memory = process.resourceUsage().maxRSS;
  let { thrown, milliseconds } = await outcome(read, bytes);
  const megabytes = (process.resourceUsage().maxRSS - memory) / 1000 - bytes.length / 1e6;
  for (let tries = 1; milliseconds > mostMilliseconds && tries < mostTries; tries++) {
    ({ thrown, milliseconds } = await outcome(read, bytes));
  }
  const failed = (why: string) => new Error(`${name} ${why}`, thrown === undefined ? {} : { cause: thrown });
  if (thrown !== undefined && !AudiozooError.isInstance(thrown)) throw failed('throws something else');
  if (thrown instanceof Error && thrown.message.length > mostCharacters) throw failed('says too much');
  if (milliseconds > mostMilliseconds) throw failed(`takes ${milliseconds} ms`);
  if (megabytes > mostMegabytes) throw failed(`takes ${megabytes} MB`);
  if (Object.keys(Object.prototype).length > 0) throw failed('changes every object');
}

async function outcome(read: FuzzedReader['read'], bytes: Uint8Array) {
  const began = processorTime();
  let thrown: unknown;
  try {
    await read(bytes);
  } catch (error) {
    thrown = error;
  }
  return { thrown, milliseconds: processorTime() - began };
}
