import { AudiozooError } from '@audiozoo/core';
import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';

export interface OpenMicrophoneOptions {
  /** Which microphone, as `navigator.mediaDevices.enumerateDevices` names it; the browser's choice when absent. */
  readonly deviceId?: string | undefined;
}

const microphoneOptionKinds = { deviceId: 'string' } as const satisfies OptionKinds<OpenMicrophoneOptions>;

const refusals: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  NotAllowedError: {
    what: 'the page may not use the microphone',
    hint: "Allow it in the browser's settings for this page (and in those of the system), then try again.",
  },
  NotFoundError: { what: 'there is no microphone', hint: 'Plug one in, then try again.' },
  OverconstrainedError: { what: 'this microphone is not there any more', hint: 'Choose another.' },
  NotReadableError: {
    what: 'the microphone cannot be opened',
    hint: 'Another program may be using it: close that, then try again.',
  },
};

/**
 * Asks for the microphone, unprocessed: what browsers do for telephony (suppressing noise, echo and
 * loudness) takes away what a model should hear. Stopping its tracks is the caller's affair. Throws
 * `device` errors: no permission, no microphone, a page without HTTPS.
 */
export async function openMicrophone(options: OpenMicrophoneOptions = {}): Promise<MediaStream> {
  checkOptions('openMicrophone', options, microphoneOptionKinds);
  const { deviceId } = options;
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  if (!navigator?.mediaDevices) {
    throw new AudiozooError({
      code: 'device',
      what: 'there is no way to a microphone here',
      expected: 'a browser, and a page over HTTPS or from localhost',
    });
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
        ...(deviceId !== undefined && { deviceId: { exact: deviceId } }),
      },
    });
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    const refusal = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
    const { what, hint } = refusal ?? refusals.NotReadableError!;
    throw new AudiozooError({ code: 'device', what, got: String(cause), hint, cause });
  }
}
