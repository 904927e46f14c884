import { AudiozooError } from '@audiozoo/core';

/** Sound at an http(s) address, which is read as it comes and not kept. Throws a `file` error when it cannot be fetched. */
export async function fetchSound(address: string | URL, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(address, { signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new AudiozooError({
      code: 'file',
      what: `${describeAddress(address)} cannot be fetched`,
      expected: 'an http or https address; in a page it may be relative',
      got: String(cause),
      hint: 'Check the address and the network. To a page, a server of another origin must allow it (CORS).',
      cause,
    });
  }
}

/** A data URL may be megabytes long. */
function describeAddress(address: string | URL): string {
  return String(address).slice(0, 200);
}
