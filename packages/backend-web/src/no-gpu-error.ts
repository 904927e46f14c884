import { AudiozooError } from '@audiozoo/core';

export function noGpuError(): AudiozooError {
  return new AudiozooError({
    code: 'device',
    what: 'there is no WebGPU here',
    expected: 'a browser with WebGPU, a page from https or localhost, and a graphics driver that it accepts',
    hint: 'Use the device "wasm" or "auto".',
  });
}
