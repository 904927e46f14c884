import { AudiozooError } from '@audiozoo/core';
import { type AudioSource, readAudio } from '@audiozoo/features/audio';

/** How the samples of everything that sound may come in differ from those of the file: the largest difference, or why not. */
export async function differences(address: string): Promise<Record<string, number | string>> {
  const blob = await (await fetch(address)).blob();
  const bytes = await blob.arrayBuffer();
  const expected = await readAudio(blob);
  const { samples, sampleRate } = expected;
  const buffer = new AudioBuffer({ length: samples.length, numberOfChannels: 1, sampleRate });
  buffer.copyToChannel(new Float32Array(samples), 0);
  const audioData = new AudioData({
    format: 'f32-planar',
    sampleRate,
    numberOfChannels: 1,
    numberOfFrames: samples.length,
    timestamp: 0,
    data: new Float32Array(samples),
  });

  const sources: Record<string, AudioSource | Promise<AudioSource>> = {
    'an address relative to the page': new URL(address).pathname,
    'a URL': new URL(address),
    'a Response': fetch(address),
    'a ReadableStream': (await fetch(address)).body!,
    'an ArrayBuffer': bytes,
    'a Uint8Array': new Uint8Array(bytes),
    'a DataView': new DataView(bytes),
    samples: expected,
    '16-bit samples': { samples: Int16Array.from(samples, (sample) => sample * 32768), sampleRate },
    channels: { channels: [samples, samples], sampleRate },
    'an AudioBuffer': buffer,
    AudioData: audioData,
  };
  const found: Record<string, number | string> = {};
  for (const [kind, source] of Object.entries(sources)) {
    try {
      const audio = await readAudio(await source);
      const apart = samples.map((sample, index) => Math.abs(sample - audio.samples[index]!));
      found[kind] = audio.samples.length === samples.length ? Math.max(...apart) : 'of another length';
    } catch (error) {
      found[kind] = String(error);
    }
  }
  return found;
}

/** The code and words of the error that something gives which is no sound here. */
export async function refusal(kind: 'a dead address' | 'a number' | 'a promise'): Promise<string> {
  const sources = {
    'a dead address': 'http://127.0.0.1:9/a.wav',
    'a number': 7,
    'a promise': Promise.resolve(),
  };
  const error = await readAudio(sources[kind] as AudioSource).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return AudiozooError.isInstance(error) ? `${error.code}: ${error.message}` : `untyped: ${error}`;
}
