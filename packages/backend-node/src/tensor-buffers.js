/** @import { Tensors } from './session-host.js' */

/**
 * The buffers of tensors, to hand them to another thread whole.
 *
 * @param {Tensors} tensors
 */
export function buffersOf(tensors) {
  return Object.values(tensors).map(({ data }) => /** @type {ArrayBuffer} */ (data.buffer));
}
