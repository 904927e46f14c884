import { AudiozooError } from './errors.js';
import { parsePythonJson } from './python-json.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Text → a JSON object, or a `model` error that names the file. */
export function parseJsonObject(text: string, file: string): JsonObject {
  let value: Json;
  try {
    value = parsePythonJson(text) as Json;
  } catch (cause) {
    throw new AudiozooError({
      code: 'model',
      what: `${file} is not JSON`,
      expected: 'a JSON object',
      got: JSON.stringify(text.slice(0, 40)),
      mend: 'Download the file again; an HTML error page may have been saved in its place.',
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AudiozooError({
      code: 'model',
      what: `${file} does not hold an object`,
      expected: 'a JSON object',
      got: Array.isArray(value) ? 'a list' : String(value),
    });
  }
  return value as JsonObject;
}
