// Decoders written in C, compiled to WebAssembly.

import { AudiozooError } from '@audiozoo/core';

/**
 * Loads and starts a library. Throws an `audio` error where WebAssembly is not to be had, for which libraries would
 * wait for ever, or when the library cannot begin with what the headers say.
 */
export async function startLibrary<T extends { readonly ready: Promise<unknown> }>(
  codec: string,
  load: () => Promise<T>,
): Promise<T> {
  await checkWebAssembly(codec);
  const library = await load();
  try {
    await library.ready;
    return library;
  } catch (cause) {
    throw new AudiozooError({
      code: 'audio',
      what: `the decoder of ${codec} cannot begin with what the file says of its sound`,
      hint: 'Download or export it again.',
      cause,
    });
  }
}

/** A module that holds nothing. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

async function checkWebAssembly(codec: string): Promise<void> {
  try {
    await WebAssembly.compile(emptyModule);
  } catch (cause) {
    throw new AudiozooError({
      code: 'audio',
      what: `${codec} sound cannot be decoded here`,
      expected: 'WebAssembly',
      got: cause instanceof Error ? cause.message : String(cause),
      hint: "Allow it in the page's policy (script-src 'wasm-unsafe-eval'), or pass WAV.",
      cause,
    });
  }
}

/**
 * What a library makes of bytes that may be damaged: undefined when it breaks off. Libraries complain of damage on the
 * console, of which the caller is told in a note, so nothing is printed meanwhile. For what returns without waiting,
 * so that nobody else is silenced.
 */
export function attempt<T>(work: () => T): T | undefined {
  const { error, log, warn } = console;
  const nothing = () => {};
  Object.assign(console, { error: nothing, log: nothing, warn: nothing });
  try {
    return work();
  } catch {
    return undefined;
  } finally {
    Object.assign(console, { error, log, warn });
  }
}
