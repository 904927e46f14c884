// The other end of contestant.ts: what each library's own process runs. It does what it is told, one thing
// at a time, and says how long that took. Plain JavaScript, started by plain Node, so that no compiler's
// time or memory is counted against anybody.

/**
 * @typedef {object} Setting
 * @property {string} directory The model directory.
 * @property {number} threads
 * @property {string} dtype The peer's name for the weights' type: `fp32`, `int8`, `uint8`, `q8`.
 * @property {Float32Array} samples One clip, 16 kHz.
 *
 * @typedef {object} Library
 * @property {() => Promise<void>} features Samples to the model's input.
 * @property {() => Promise<void>} model The model alone, on an input made before.
 * @property {() => Promise<void>} classify Samples to labels.
 * @property {() => Promise<Float32Array>} logits
 */

/** @param {(setting: Setting) => Promise<Library>} load Imports the library and loads the model. */
export function serve(load) {
  /** @type {Library} */
  let library;
  process.on('message', async ({ task, repeat = 1, setting }) => {
    let value;
    const start = performance.now();
    if (task === 'load') library = await load(setting);
    else for (let count = 0; count < repeat; count++) value = await library[task]();
    const milliseconds = (performance.now() - start) / repeat;
    process.send({ milliseconds, value, peakBytes: process.resourceUsage().maxRSS * 1024 });
  });
}
