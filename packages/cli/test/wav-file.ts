// Samples as 16-bit WAV files and as raw PCM.

export function pcm16(samples: Float32Array): Buffer {
  const values = Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(sample, 1)) * 32767));
  return Buffer.from(values.buffer);
}

export function wav16(samples: Float32Array, sampleRate: number): Buffer {
  const data = pcm16(samples);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
