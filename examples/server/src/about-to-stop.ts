import { AudiozooError } from '@audiozoo/core';

/** Why work is refused, or cancelled, once the server has been told to stop. */
export function aboutToStop(): AudiozooError {
  return new AudiozooError({
    code: 'disposed',
    what: 'the server is about to stop',
    hint: 'Send the request again, to another server or when this one is back.',
  });
}
