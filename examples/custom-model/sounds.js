// What the model tells apart: a second of a sweep, a tone, noise or clicks, each of its own pitch, loudness
// and background noise. The same seed gives the same sound.

import { normalRandom, uniformRandom } from '@audiozoo/core/testing';

export const sampleRate = 16000;

/** The kinds of sound, in the order of the model's labels. */
export const kinds = ['rising sweep', 'falling sweep', 'steady tone', 'noise', 'clicks'];

/** @param {number} kind place in `kinds` @param {number} seed */
export function makeSound(kind, seed) {
  const uniform = uniformRandom(1000 * kind + seed);
  const normal = normalRandom(1000 * kind + seed);
  const low = 300 + 900 * uniform(); // hertz
  const high = low * (2 + 2 * uniform());
  const loudness = 0.05 + 0.4 * uniform();
  const clicksPerSecond = 4 + 8 * uniform();
  let phase = 0;
  /** @type {readonly ((time: number) => number)[]} */
  const voices = [
    (time) => tone(low + (high - low) * time),
    (time) => tone(high - (high - low) * time),
    () => tone(low),
    () => normal() / 3,
    (time) => ((time * clicksPerSecond) % 1 < 0.004 ? normal() : 0),
  ];
  return Float32Array.from(
    { length: sampleRate },
    (_, index) => loudness * voices[kind](index / sampleRate) + 0.001 * normal(),
  );

  /** @param {number} hertz */
  function tone(hertz) {
    phase += (2 * Math.PI * hertz) / sampleRate;
    return Math.sin(phase);
  }
}

/** Samples as a WAV file: 16 bits, one channel. @param {Float32Array} samples */
export function wavFile(samples) {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  let at = 0;
  const text = (/** @type {string} */ value) => [...value].map((c) => file.setUint8(at++, c.charCodeAt(0)));
  const int16 = (/** @type {number} */ value) => file.setInt16((at += 2) - 2, value, true);
  const int32 = (/** @type {number} */ value) => file.setInt32((at += 4) - 4, value, true);

  text('RIFF');
  int32(36 + 2 * samples.length);
  text('WAVEfmt ');
  int32(16);
  int16(1); // PCM
  int16(1); // channel
  int32(sampleRate);
  int32(2 * sampleRate); // bytes a second
  int16(2); // bytes a sample
  int16(16); // bits a sample
  text('data');
  int32(2 * samples.length);
  for (const sample of samples) int16(Math.round(sample * 32767));
  return new Uint8Array(file.buffer);
}
