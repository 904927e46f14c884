// Sound inside a page: a WAV file as an address.

/** `data:audio/wav;base64,…` of 16-bit samples of one channel, at so many hertz. */
export function soundAddress(samples: Float32Array, sampleRate: number): string {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const tag = (at: number, name: string) => bytes.set(new TextEncoder().encode(name), at);
  tag(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  tag(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, 1, true); // channel
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true); // bytes in a second
  view.setUint16(32, 2, true); // bytes in a sample of all channels
  view.setUint16(34, 16, true); // bits
  tag(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => {
    view.setInt16(44 + 2 * index, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
  });
  return `data:audio/wav;base64,${base64(bytes)}`;
}

/** Whole groups of three bytes at a time, so that the pieces fit together. */
const pieceBytes = 3 << 12;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  }
  return text;
}
