/** @import { Inputs } from '@audiozoo/core' */

/**
 * The buffers of tensors, to hand them to another thread whole.
 *
 * @param {Inputs} tensors
 */
export function buffersOf(tensors) {
  return Object.values(tensors).map(({ data }) => /** @type {ArrayBuffer} */ (data.buffer));
}
