// What goes wrong, as clients get it: RFC 9457 problems in audiozoo's own words, what was expected and how to mend
// it; their type is the address that explains it. Only what is nobody's fault but the server's is a 500, and its words stay here.

import { AudiozooError, type ErrorCode, type ErrorDescription, errorDescription } from '@audiozoo/core';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { isModelBroken } from './broken-model.js';
import type { ProblemDocument } from './schemas.js';

/** An error with the status that answers it. */
export class Problem extends AudiozooError {
  constructor(
    readonly status: number,
    description: ErrorDescription,
    /** Seconds until it is worth trying again. */
    readonly retryAfter?: number,
    /** What the header WWW-Authenticate says. */
    readonly challenge?: string,
  ) {
    super(description);
  }

  toJSON(): ProblemDocument {
    const { status, message, help, code } = this;
    return { type: help, title: titles[code], status, detail: message, ...errorDescription(this, '') };
  }
}

/** Of the types of problems: the same whatever else is said. */
const titles: Readonly<Record<ErrorCode, string>> = {
  argument: 'The request cannot be answered as it is',
  audio: 'This is no sound that can be read',
  'audio-too-short': 'The sound is too short',
  'audio-too-long': 'The sound is too long',
  checkpoint: 'A checkpoint cannot be used',
  safetensors: 'Weights cannot be read',
  weights: 'Weights do not fit their model',
  model: 'A model cannot be opened',
  shape: 'Tensors do not fit',
  device: 'A device is not there',
  runtime: 'This cannot be answered, or not now',
  disposed: 'The server stops',
  file: 'A file cannot be read',
};

/** Of the errors that hearing a sound can end with. The others are the server's own. */
const statuses: ReadonlyMap<ErrorCode, number> = new Map([
  ['argument', 400],
  ['audio', 422],
  ['audio-too-short', 422],
  ['audio-too-long', 413],
  ['file', 422],
  ['disposed', 503], // refused or cancelled, as the server stops
]);

/** Where it is the server, or the model that was chosen, that lacks something. */
const statusOfMissing: ReadonlyMap<unknown, number> = new Map([
  ['ffmpeg', 415],
  ['head', 400],
  ['words', 400],
]);

/** The problem behind whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (AudiozooError.isInstance(error)) {
    const status = statusOfMissing.get(error.details?.missing) ?? statuses.get(error.code);
    if (isModelBroken(error)) return new Problem(500, error);
    if (status === undefined) return failure();
    return new Problem(status, error, status === 503 ? 1 : undefined); // by then another server may be there
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, message }) =>
      [instancePath.slice(1), message].filter(Boolean).join(': '),
    );
    const option = error.validation.map(({ instancePath }) => instancePath.slice(1)).filter(Boolean);
    const got = issues.join('; ');
    return new Problem(400, { code: 'argument', what: 'the query cannot be used', got, option });
  }
  const { statusCode: status = 500, message } = error as Error & { statusCode?: number };
  if (status === 415) {
    return new Problem(415, {
      code: 'argument',
      what: 'this kind of body is not read',
      expected:
        'multipart/form-data with a file, or the file itself as audio/*, video/* or application/octet-stream',
      hint: 'Say what it is in the header Content-Type, such as audio/wav.',
    });
  }
  if (status >= 500) return failure();
  return new Problem(status, { code: 'argument', what: message.replace(/\.$/, '') });
}

function failure(): Problem {
  return new Problem(500, { code: 'runtime', what: 'the server failed', hint: 'Its log says why.' });
}
