// Spectrogram, axes and timeline, which share one scale of time: that of a whole sound, or the last seconds
// of live sound, moving.

import type { SoundEvent } from '@audiozoo/tasks';
import { drawFrequencyAxis, drawLiveTimeAxis, drawTimeAxis } from './axes.js';
import { element } from './element.js';
import { inLanes, labelSpans, type Prediction, type SpanOptions } from './label-spans.js';
import { createTimelineSaver } from './saved-timeline.js';
import { createSpectrogram, type Frames } from './spectrogram.js';
import { createTimeline } from './timeline.js';

export interface Picture {
  /** Begins a picture; `spans` say how predictions become labels in time. */
  begin(options: PictureOptions): void;
  push(frames: Frames): void;
  predict(predictions: readonly Prediction[]): void;
  /** Shows events, in the order of their beginning, in place of predictions. */
  tell(events: readonly SoundEvent[]): void;
  /** What sounds here is marked; undefined: nothing is. */
  mark(seconds: number | undefined): void;
  /** A whole sound has ended: `seconds` is its length. */
  finish(seconds: number, description: string): void;
  /** Live sound stands still. */
  freeze(): void;
  /** Shows no sound. */
  clear(): void;
}

export interface PictureOptions {
  readonly live: boolean;
  /** Of the sound. */
  readonly title: string;
  readonly description: string;
  readonly sampleRate: number;
  /** Absent: events are told. */
  readonly spans?: SpanOptions;
}

/** Width on the page of a second of live sound. */
const pixelsPerSecond = 72;
/** Frames come in pieces; the picture runs this many seconds behind, so that it moves evenly. */
const delay = 0.08;
/** Steps of the moving picture for those who asked for less motion, in milliseconds. */
const reducedStep = 500;
/** Rows for events of labels that sound at once. */
const eventLanes = 5;

export function createPicture(): Picture {
  const place = element('spectrogram');
  const frequencyAxis = element('frequency-axis');
  const timeAxis = element('time-axis');
  const spectrogram = createSpectrogram(place.querySelector('canvas')!);
  const timeline = createTimeline(element('timeline'));
  const saver = createTimelineSaver();
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  let options: PictureOptions | undefined;
  let predictions: readonly Prediction[] = [];
  let told: readonly SoundEvent[] | undefined;
  let wholeSeconds: number | undefined;
  let shown = 0; // seconds at the right edge of live sound
  let lastDraw = 0;
  let frame = 0;

  const visibleSeconds = () => Math.max(5, Math.min(12, Math.round(place.clientWidth / pixelsPerSecond)));

  function step(now: number): void {
    frame = requestAnimationFrame(step);
    if (reducedMotion.matches && now - lastDraw < reducedStep) return;
    const elapsed = Math.min(0.1, (now - lastDraw) / 1000);
    lastDraw = now;
    draw(elapsed);
  }

  function draw(elapsed: number): void {
    if (!options?.live) {
      spectrogram.draw();
      drawTimeAxis(timeAxis, wholeSeconds ?? spectrogram.seconds);
      return;
    }
    const head = spectrogram.seconds;
    shown = Math.min(head, shown + elapsed);
    if (head - shown > 3 * delay || reducedMotion.matches) shown = Math.max(0, head - delay);
    const seconds = visibleSeconds();
    spectrogram.draw({ end: shown, seconds });
    timeline.scroll(shown, seconds);
  }

  function drawSpans(): void {
    if (!options) return;
    const seconds = options.live ? visibleSeconds() : (wholeSeconds ?? spectrogram.seconds);
    const events =
      told || !options.spans ? inLanes(told ?? [], eventLanes) : labelSpans(predictions, options.spans);
    timeline.show(events, { seconds, live: options.live });
    const whole = wholeSeconds !== undefined && (told !== undefined || predictions.length > 0);
    saver.offer(whole ? { title: options.title, start: 0, end: wholeSeconds!, events } : undefined);
  }

  function drawAxes(): void {
    if (options) drawFrequencyAxis(frequencyAxis, options.sampleRate);
    if (options?.live) drawLiveTimeAxis(timeAxis, visibleSeconds());
  }

  // A turned phone or another window size: what stands still is drawn again.
  new ResizeObserver(() => {
    if (!options) return;
    drawAxes();
    drawSpans();
    draw(0);
  }).observe(place);

  return {
    begin(begun) {
      options = begun;
      predictions = [];
      told = undefined;
      wholeSeconds = undefined;
      shown = 0;
      lastDraw = performance.now();
      place.dataset.state = begun.live ? 'live' : 'whole';
      spectrogram.begin(begun);
      timeline.clear();
      saver.offer(undefined);
      drawAxes();
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(step);
    },
    push: spectrogram.push,
    predict(made) {
      predictions = made;
      drawSpans();
    },
    tell(events) {
      told = events;
      drawSpans();
    },
    mark: timeline.mark,
    finish(seconds, description) {
      wholeSeconds = seconds;
      cancelAnimationFrame(frame);
      spectrogram.describe(description);
      draw(0);
      drawSpans();
    },
    freeze() {
      cancelAnimationFrame(frame);
      if (options?.live) place.dataset.state = 'still';
    },
    clear() {
      cancelAnimationFrame(frame);
      options = undefined;
      delete place.dataset.state;
      spectrogram.begin({ live: false, description: 'Spectrogram: nothing heard yet' });
      timeline.clear();
      saver.offer(undefined);
      timeAxis.replaceChildren();
    },
  };
}
