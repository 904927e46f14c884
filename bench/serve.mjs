// The other end of contestant.ts: what each library's own process runs. It does what it is told, one thing
// at a time, and says how long that took. Plain JavaScript, started by plain Node, so that no compiler's
// time or memory is counted against anybody.

/**
 * @typedef {object} Library
 * @property {() => Promise<void>} [features] Samples to the model's input.
 * @property {(batch: number) => Promise<void>} [classify] Samples of so many clips to labels.
 * @property {() => Promise<Float32Array>} [logits]
 * @property {() => Promise<void>} [multiply] One product of matrices.
 * @property {() => Promise<[number]>} [operations] Multiplications and additions of one clip.
 * @property {() => Promise<number>} [peakBytes] The most memory ever held, where another process holds it.
 */

/** @param {(setting: import('./contestant.js').Setting) => Promise<Library>} load Imports the library and loads the model. */
export function serve(load) {
  /** @type {Library} */
  let library;
  process.on('message', async ({ task, repeat = 1, batch = 1, setting }) => {
    let value;
    const start = performance.now();
    if (task === 'load') library = await load(setting);
    else for (let count = 0; count < repeat; count++) value = await library[task](batch);
    const milliseconds = (performance.now() - start) / repeat;
    const peakBytes = (await library.peakBytes?.()) ?? process.resourceUsage().maxRSS * 1024;
    process.send({ milliseconds, value, peakBytes });
  });
}
