// Models that answer along time: what sounds when, to the step, of files and of the microphone.

import {
  type AudioPieces,
  byStart,
  hearEvents,
  type ListenEventsOptions,
  listenEvents,
  type RemoteClassifier,
  type SoundEvent,
} from '@audiozoo/tasks';
import type { Answer } from './answer.js';
import { isNameless } from './label-color.js';
import type { Picture } from './picture.js';
import type { Sound } from './sound-file.js';
import { createStepLabels, type StepLabels } from './step-labels.js';

/** Scores are smoothed over so many seconds before they make events: single steps flicker. */
const medianSeconds = 0.2;
/** Short windows and hops, so that the microphone's labels come about a second late. */
const live: ListenEventsOptions = { window: 4, hop: 0.24, future: 0.36, medianSeconds };
/** As many seconds of live events are kept as can be seen, and some. */
const liveSeconds = 20;
const drawEvery = 250; // milliseconds

type Shown = { readonly picture: Picture; readonly answer: Answer; readonly signal: AbortSignal };

export interface FollowedSound {
  readonly seconds: number;
  readonly labels: StepLabels;
}

/** Whether labels can follow the sound. */
export function followsSound(model: RemoteClassifier): boolean {
  return model.alongTime !== undefined;
}

/** Hears a file from its beginning to its end; the picture shows what is known so far. */
export async function followFile(
  model: RemoteClassifier,
  sound: Sound,
  { picture, answer, signal }: Shown,
): Promise<FollowedSound> {
  const { sampleRate } = model.frontEnd;
  const labels = createStepLabels(model.labels, model.alongTime!.secondsPerStep);
  const events: SoundEvent[] = [];
  const features = await model.stream({ sampleRate });
  let samples = 0;
  let lastDraw = performance.now();

  async function* drawn(): AsyncGenerator<Float32Array> {
    for await (const piece of sound.kind === 'clip' ? [sound.samples] : sound.stream) {
      signal.throwIfAborted();
      samples += piece.length;
      picture.push(await features.push(piece));
      yield piece;
    }
  }
  const pieces: AudioPieces = Object.assign(drawn(), { sampleRate });
  const draw = () => picture.tell([...events].sort(byStart));
  try {
    const hearing = hearEvents(model, pieces, { medianSeconds, signal, onScores: labels.push });
    for await (const event of hearing) {
      if (!isNameless(event.label)) events.push(event);
      if (performance.now() - lastDraw < drawEvery) continue;
      lastDraw = performance.now();
      draw();
      answer.wait(`Listening… ${event.end.toFixed(0)} s`);
    }
  } finally {
    await features.close();
  }
  const seconds = samples / sampleRate;
  draw();
  return { seconds, labels };
}

/** Hears a microphone until the signal ends it. */
export async function followMicrophone(
  model: RemoteClassifier,
  stream: MediaStream,
  { picture, answer, signal }: Shown,
): Promise<void> {
  const ended: SoundEvent[] = [];
  let leftOut = 0;
  const options = { ...live, topK: 8, signal, onFeatures: picture.push };
  for await (const { events, sounding, labels, until, dropped } of listenEvents(model, stream, options)) {
    ended.push(...events.filter(({ label }) => !isNameless(label)));
    while (ended[0] && ended[0].end < until - liveSeconds) ended.shift();
    leftOut += dropped;
    picture.tell([...ended, ...sounding.filter(({ label }) => !isNameless(label))].sort(byStart));
    if (labels.length === 0) continue;
    const note = leftOut > 0 ? `${leftOut} ${leftOut === 1 ? 'result' : 'results'} left out` : undefined;
    answer.show(labels, note);
  }
}
