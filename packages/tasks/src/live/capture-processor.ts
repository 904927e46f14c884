// The AudioWorklet that hands a microphone's samples over. It is kept as text, so that bundlers need no
// rule for it: it is loaded from a Blob URL (pages with a content security policy allow `script-src blob:`).

export const captureProcessorName = 'audiozoo-capture';

/** Samples in a piece: 43 ms at 48 kHz, some twenty messages a second. */
export const pieceSamples = 2048;

export const captureProcessorSource = `
registerProcessor('${captureProcessorName}', class extends AudioWorkletProcessor {
  piece = new Float32Array(${pieceSamples});
  filled = 0;
  process([[samples]]) {
    if (!samples) return true; // nothing is connected yet, or no longer
    for (let offset = 0; offset < samples.length; ) {
      const part = samples.subarray(offset, offset + this.piece.length - this.filled);
      this.piece.set(part, this.filled);
      this.filled += part.length;
      offset += part.length;
      if (this.filled < this.piece.length) continue;
      this.port.postMessage(this.piece, [this.piece.buffer]);
      this.piece = new Float32Array(${pieceSamples});
      this.filled = 0;
    }
    return true;
  }
});
`;
