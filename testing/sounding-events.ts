// Beeps, noises and sweeps at known times, such as the small frame_mn of packages/efficientat/test/fixtures/sounds was taught.

import { randomTensor } from '@audiozoo/core/testing';

export interface SoundingEvent {
  readonly label: 'beep' | 'noise' | 'sweep';
  /** Seconds. */
  readonly start: number;
  readonly end: number;
}

export const soundingRate = 16_000;

/** The events over a faint noise; those of one label are no louder than one another. */
export function soundingEvents(seconds: number, events: readonly SoundingEvent[]): Float32Array {
  const samples = randomTensor([Math.round(seconds * soundingRate)], 5, 5e-4).data;
  for (const { label, start, end } of events) {
    const first = Math.round(start * soundingRate);
    const count = Math.round((end - start) * soundingRate);
    const noise = randomTensor([count], 7, 0.15).data;
    let phase = 0;
    for (let place = 0; place < count; place++) {
      const edge = Math.min(1, place / 160, (count - 1 - place) / 160);
      const share = (place / soundingRate / 0.5) % 1;
      phase += (2 * Math.PI * (label === 'beep' ? 900 : 600 + 3000 * share)) / soundingRate;
      const value = label === 'noise' ? noise[place]! : 0.12 * Math.sin(phase);
      samples[first + place]! += edge * value;
    }
  }
  return samples;
}
