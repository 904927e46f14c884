import type { ModelDirectorySink } from './model-directory-sink.js';

/** Has `write` fill an output, which then appears; after an error nothing is left of it. */
export async function whole<Result>(
  output: Pick<ModelDirectorySink, 'commit' | 'abort'>,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await write();
    await output.commit();
    return result;
  } catch (error) {
    await output.abort();
    throw error;
  }
}
