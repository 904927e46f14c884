import type { Audio } from '@audiozoo/features';

const headerBytes = 44;

/** A WAV of one channel and 16 bits, which every player plays. What is above full scale is clipped. */
export function wavOf({ samples, sampleRate }: Audio): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const ascii = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  ascii(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  ascii(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // integers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true); // bytes of a sample
  view.setUint16(34, 16, true); // and its bits
  ascii(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, place) => {
    const value = Math.round(32768 * sample);
    view.setInt16(headerBytes + 2 * place, Math.max(-32768, Math.min(32767, value)), true);
  });
  return bytes;
}
