// Hears one thing at a time: a file, a long file over time, or the microphone. Beginning another ends the
// one before.

import { type AudioPieces, listen, type RemoteClassifier, type ScoredLabel } from '@audiozoo/tasks';
import { type Answer, sureEnough } from './answer.js';
import { type FollowedSound, followFile, followMicrophone, followsSound } from './follow-sound.js';
import type { Prediction, SpanOptions } from './label-spans.js';
import type { Picture } from './picture.js';
import type { Places } from './places.js';
import type { Player } from './player.js';
import { embedRecording } from './recording.js';
import { openSound, type Sound } from './sound-file.js';

export interface HearingOptions {
  readonly classifier: () => Promise<RemoteClassifier>;
  readonly answer: Answer;
  readonly picture: Picture;
  readonly player: Player;
  readonly places: Places;
  /** Asks for the microphone; where there is none, says why itself. */
  openMicrophone(): Promise<MediaStream | undefined>;
  /** Says what is being heard, and whether it can be stopped. */
  onState(state: { readonly title: string; readonly live: boolean; readonly busy: boolean }): void;
  onError(error: unknown): void;
  /** Something is wrong with a file that is heard all the same. */
  onNote(note: string): void;
}

export interface Hearing {
  file(file: File, options: { readonly title: string; readonly play: boolean }): Promise<void>;
  microphone(): Promise<void>;
  /** Stops listening; what was heard stays. */
  stop(): void;
  /** Hears the same once more, with another model: the last file, or the microphone if it is on. */
  again(): void;
  /** The playhead is here; undefined: at no place, the whole sound counts. */
  moveTo(seconds: number | undefined): void;
}

/** As many predictions of live sound are kept as can be seen, and some. */
const liveSeconds = 20;
const lanes = 3;

export function createHearing({
  classifier,
  answer,
  picture,
  player,
  places,
  onState,
  onError,
  onNote,
  openMicrophone,
}: HearingOptions): Hearing {
  let abort = new AbortController();
  let repeat: (() => Promise<void>) | undefined;
  let long:
    | { predictions: readonly Prediction[]; spans: SpanOptions; whole: readonly ScoredLabel[] }
    | undefined;
  let followed: FollowedSound | undefined;

  /** Runs one hearing; what it throws is shown, unless another has begun. */
  async function hear(
    title: string,
    live: boolean,
    task: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    long = followed = undefined;
    player.close();
    places.close();
    onState({ title, live, busy: true });
    try {
      await task(signal);
    } catch (error) {
      if (!signal.aborted) {
        picture.clear();
        answer.wait('Nothing heard');
        onError(error);
      }
    }
    if (signal !== abort.signal) return;
    onState({ title, live, busy: false });
    if (live) repeat = undefined;
  }

  function file(sound: File, { title, play }: { title: string; play: boolean }): Promise<void> {
    repeat = () => file(sound, { title, play: false });
    return hear(title, false, async (signal) => {
      answer.wait('Waiting for the model…');
      const model = await classifier();
      signal.throwIfAborted();
      answer.wait('Listening…');
      if (model.labels.length === 0) return hearForWords(model, sound, { title, play }, signal);
      const opened = await openSound(sound, model.frontEnd, signal, onNote);
      signal.throwIfAborted();
      if (followsSound(model)) return follow(model, opened, sound, { title, play }, signal);
      if (opened.kind === 'long') return hearLong(model, opened.stream, sound, { title, play }, signal);

      const { sampleRate } = model.frontEnd;
      const seconds = opened.samples.length / sampleRate;
      const clip = { samples: opened.samples, sampleRate };
      const features = model.features(clip, { signal });
      const labels = await model.classify(clip, { topK: model.labels.length, signal });
      const frames = await features;
      signal.throwIfAborted();
      player.open(sound, { seconds, seekable: false });
      if (play) player.play();
      const spans = { window: seconds, hop: seconds, threshold: sureEnough, predictions: 1, lanes };
      picture.begin({ live: false, title, description: `Spectrogram of ${title}`, sampleRate, spans });
      picture.push(frames);
      picture.finish(seconds, `Spectrogram of ${title}, ${seconds.toFixed(1)} seconds`);
      picture.predict([{ time: seconds, labels }]);
      answer.conclude(labels);
    });
  }

  /** A model that answers along time: labels follow the sound while it plays. */
  async function follow(
    model: RemoteClassifier,
    opened: Sound,
    sound: File,
    { title, play }: { title: string; play: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { sampleRate } = model.frontEnd;
    picture.begin({ live: false, title, description: `Spectrogram of ${title}`, sampleRate });
    followed = await followFile(model, opened, { picture, answer, signal });
    signal.throwIfAborted();
    const { seconds, labels } = followed;
    picture.finish(seconds, `Spectrogram of ${title}, ${seconds.toFixed(1)} seconds`);
    answer.conclude(labels.whole(), 'somewhere in the sound');
    player.open(sound, { seconds, seekable: true });
    if (play) player.play();
  }

  async function hearLong(
    model: RemoteClassifier,
    stream: AudioPieces,
    sound: File,
    { title, play }: { title: string; play: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { sampleRate } = model.frontEnd;
    const spans = spansOf(model, 1 / 4);
    const predictions: Prediction[] = [];
    const best = new Map<number, ScoredLabel>();
    let frameCount = 0;
    let lastDraw = 0;
    picture.begin({ live: false, title, description: `Spectrogram of ${title}`, sampleRate, spans });
    const onFeatures = (frames: { data: Float32Array; shape: readonly number[] }) => {
      if (signal.aborted) return;
      frameCount += frames.shape[0]!;
      picture.push(frames);
    };
    for await (const { labels, time } of listen(model, stream, {
      hop: spans.hop,
      topK: model.labels.length,
      signal,
      onFeatures,
    })) {
      predictions.push({ time, labels: labels.filter(({ score }) => score >= 0.01).slice(0, 8) });
      for (const scored of labels) {
        if (scored.score > (best.get(scored.index)?.score ?? -1)) best.set(scored.index, scored);
      }
      if (performance.now() - lastDraw < 250) continue;
      lastDraw = performance.now();
      picture.predict(predictions);
      answer.show(labels, `at ${time.toFixed(0)} s`);
    }
    signal.throwIfAborted();
    const seconds = Math.max(frameCount / 100, predictions.at(-1)?.time ?? 0);
    const whole = [...best.values()].sort((a, b) => b.score - a.score);
    long = { predictions, spans, whole };
    picture.finish(seconds, `Spectrogram of ${title}, ${seconds.toFixed(1)} seconds`);
    picture.predict(predictions);
    answer.conclude(whole, 'somewhere in the sound');
    player.open(sound, { seconds, seekable: true });
    if (play) player.play();
  }

  /** A model without labels hears a recording to be asked where something is. */
  async function hearForWords(
    model: RemoteClassifier,
    sound: File,
    { title, play }: { title: string; play: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { sampleRate } = model.frontEnd;
    const spans = spansOf(model, 1);
    picture.begin({ live: false, title, description: `Spectrogram of ${title}`, sampleRate, spans });
    const recording = await embedRecording(model, sound, {
      signal,
      onNote,
      onFeatures: picture.push,
      onSeconds: (seconds) => answer.wait(`Listening… ${seconds.toFixed(0)} s`),
    });
    signal.throwIfAborted();
    const { seconds } = recording;
    picture.finish(seconds, `Spectrogram of ${title}, ${seconds.toFixed(1)} seconds`);
    player.open(sound, { seconds, seekable: true });
    if (play) player.play();
    answer.wait('Ask below what to look for');
    places.open(recording, async (text) => (await model.readWords([text], { signal })).embedding.data);
  }

  function microphone(): Promise<void> {
    repeat = microphone;
    return hear('Listening to the microphone', true, async (signal) => {
      answer.wait('Waiting for the microphone…');
      // Asked for first: browsers want that in answer to a click.
      const stream = await openMicrophone();
      if (!stream) return answer.wait('No microphone');
      try {
        signal.throwIfAborted();
        const model = await classifier();
        signal.throwIfAborted();
        const spans = spansOf(model, 1 / 8);
        picture.begin({
          live: true,
          title: 'microphone',
          description: 'Spectrogram of the last seconds',
          sampleRate: model.frontEnd.sampleRate,
          ...(!followsSound(model) && { spans }),
        });
        answer.wait('Say a word');
        if (followsSound(model)) return await followMicrophone(model, stream, { picture, answer, signal });
        const predictions: Prediction[] = [];
        let leftOut = 0;
        const options = { hop: spans.hop, topK: 8, signal, onFeatures: picture.push };
        for await (const { labels, time, dropped } of listen(model, stream, options)) {
          predictions.push({ time, labels });
          while (predictions[0]!.time < time - liveSeconds) predictions.shift();
          leftOut += dropped;
          picture.predict(predictions);
          answer.show(
            labels,
            leftOut > 0 ? `${leftOut} ${leftOut === 1 ? 'result' : 'results'} left out` : undefined,
          );
        }
      } finally {
        for (const track of stream.getTracks()) track.stop();
        picture.freeze();
      }
    });
  }

  return {
    file,
    microphone,
    stop() {
      abort.abort();
    },
    again() {
      void repeat?.();
    },
    moveTo(seconds) {
      if (followed) {
        const { labels } = followed;
        picture.mark(seconds);
        const now = seconds === undefined ? labels.whole() : labels.at(seconds);
        if (now)
          answer.show(now, seconds === undefined ? 'somewhere in the sound' : `at ${seconds.toFixed(1)} s`);
        return;
      }
      if (!long) return;
      if (seconds === undefined) return answer.show(long.whole, 'somewhere in the sound');
      const middle = ({ time }: Prediction) => time - Math.min(long!.spans.window, time) / 2;
      const nearest = long.predictions.reduce((a, b) =>
        Math.abs(middle(b) - seconds) < Math.abs(middle(a) - seconds) ? b : a,
      );
      answer.show(nearest.labels, `at ${seconds.toFixed(1)} s`);
    },
  };
}

/** How labels in time come about: a prediction every `share` of the window, from 0.16 to 1 second. */
function spansOf({ frontEnd }: RemoteClassifier, share: number): SpanOptions {
  const window = frontEnd.maxSamples / frontEnd.sampleRate;
  return {
    window,
    hop: Math.max(0.16, Math.min(1, window * share)),
    threshold: sureEnough,
    predictions: 2,
    lanes,
  };
}
