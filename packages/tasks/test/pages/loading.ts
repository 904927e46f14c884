// Models in a page, without and with a worker.

import { ast } from '@audiozoo/ast';
import { AudiozooError, type ConversionOptions } from '@audiozoo/core';
import { droppedFiles, type FetchOptions, type FileProgress, forgetDownloads } from '@audiozoo/core/files';
import { referenceBackend } from '@audiozoo/core/testing';
import {
  type AudioClassifier,
  connectClassifier,
  listen,
  loadClassifier,
  openMicrophone,
} from '@audiozoo/tasks';

export { forgetDownloads };

export interface Outcome {
  readonly error?: { readonly code: string; readonly message: string };
  /** Best label of the clip. */
  readonly label?: string;
  readonly logits?: readonly number[];
  /** Where each file came from. */
  readonly from: Readonly<Record<string, string>>;
  readonly device?: string;
}

/** What a model at `location` makes of a clip, loaded in the page itself. */
export function classifyHere(location: string, clip: string, options: FetchOptions = {}): Promise<Outcome> {
  return outcome(clip, (onProgress) =>
    loadClassifier(location, { models: [ast], backend: referenceBackend(), onProgress, ...options }),
  );
}

/** The same, aborted as soon as the first of the weights are there. */
export function abortMidway(location: string, clip: string): Promise<Outcome> {
  const controller = new AbortController();
  return outcome(clip, (onProgress) =>
    loadClassifier(location, {
      models: [ast],
      backend: referenceBackend(),
      signal: controller.signal,
      onProgress(progress) {
        onProgress(progress);
        if (progress.file === 'model.safetensors') controller.abort(new Error('enough'));
      },
    }),
  );
}

/** What of those files loads when they are dropped as File objects. */
export async function classifyFiles(urls: readonly string[], clip: string): Promise<Outcome> {
  const files = await Promise.all(urls.map(fetchFile));
  return outcome(clip, () => loadClassifier(files, { models: [ast], backend: referenceBackend() }));
}

/** What a worker makes of a clip, with a model at an address or a checkpoint that is fetched first. */
export async function classifyInWorker(
  location: string | { readonly checkpoint: string; readonly conversion: ConversionOptions },
  clip: string,
): Promise<Outcome> {
  const worker = startWorker();
  try {
    const { load } = connectClassifier(worker);
    return await outcome(clip, async (onProgress) =>
      typeof location === 'string'
        ? load(location, { onProgress })
        : load([await fetchFile(location.checkpoint)], { onProgress, conversion: location.conversion }),
    );
  } finally {
    worker.terminate();
  }
}

/** How often the page draws while the worker runs one large batch, for which the page has nothing to do. */
export async function framesDrawn(location: string): Promise<number> {
  const worker = startWorker();
  const classifier = await connectClassifier(worker).load(location);
  const { sampleRate } = classifier.frontEnd;
  const sounds = Array.from({ length: 16 }, () => ({ samples: new Float32Array(sampleRate), sampleRate }));
  await classifier.logits(sounds);
  let frames = 0;
  let running = true;
  const frame = () => {
    if (!running) return;
    frames++;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  await classifier.logits(sounds);
  running = false;
  worker.terminate();
  return frames;
}

/** What calls to a worker reject with when it throws, and when its script does not load. */
export async function crash(location: string): Promise<{ thrown: Outcome; missing: Outcome }> {
  const quiet = (worker: Worker) => {
    worker.addEventListener('error', (event) => event.preventDefault()); // not into the console
    return worker;
  };
  const crashing = quiet(startWorker());
  const thrown = outcome('', () => {
    const loading = connectClassifier(crashing).load(location);
    crashing.postMessage('crash');
    return loading;
  });
  const absent = quiet(new Worker('data:text/javascript,throw new Error("not a script")'));
  const missing = outcome('', () => connectClassifier(absent).load(location));
  return { thrown: await thrown, missing: await missing };
}

/** Listens to the microphone until all of `expected` have been best, each with a score above a half. */
export async function hear(location: string, expected: readonly string[]) {
  const worker = startWorker();
  const classifier = await connectClassifier(worker).load(location);
  const microphone = await openMicrophone();
  const controller = new AbortController();
  const heard = new Set<string>();
  const times: number[] = [];
  let frames = 0;
  const onFeatures = ({ shape }: { readonly shape: readonly number[] }) => {
    frames += shape[0]!;
  };
  const { signal } = controller;
  for await (const { labels, time } of listen(classifier, microphone, { hop: 0.25, signal, onFeatures })) {
    const { label, score } = labels[0]!;
    if (score > 0.5) heard.add(label);
    times.push(time);
    if (expected.every((each) => heard.has(each))) controller.abort();
  }
  const tracks = microphone.getTracks().map(({ readyState }) => readyState);
  for (const track of microphone.getTracks()) track.stop();
  worker.terminate();
  return { heard: [...heard], times, frames, tracks };
}

/** How the microphone refuses. */
export async function microphoneError(): Promise<Outcome> {
  try {
    await openMicrophone();
    return { from: {} };
  } catch (error) {
    return { error: describe(error), from: {} };
  }
}

/** Makes the page take drops, and tells the names of what was dropped. */
export function awaitDrop(): void {
  document.body.style.height = '100vh';
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    dropped = droppedFiles(event.dataTransfer!);
  });
}
let dropped: Promise<File[]> | undefined;
export async function droppedNames(): Promise<string[] | undefined> {
  return (await dropped)?.map(({ name }) => name).sort();
}
export async function classifyDropped(clip: string): Promise<Outcome> {
  const files = (await dropped)!;
  return outcome(clip, () => loadClassifier(files, { models: [ast], backend: referenceBackend() }));
}

/** Names of the files in the page's private file system. */
export async function keptFiles(): Promise<string[]> {
  const root = await navigator.storage.getDirectory();
  const names: string[] = [];
  for await (const [folder, handle] of root.entries()) {
    if (handle instanceof FileSystemDirectoryHandle) {
      for await (const name of handle.keys()) names.push(`${folder}/${name}`);
    }
  }
  return names;
}

function startWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
}

const fetched = new Map<string, File>();

/** Fetches a clip, and what reads it, for later. */
export async function prepare(clip: string): Promise<void> {
  const { readAudio } = await import('@audiozoo/features/audio');
  fetched.set(clip, await fetchFile(clip));
  await readAudio(fetched.get(clip)!);
}

async function fetchFile(url: string): Promise<File> {
  return fetched.get(url) ?? new File([await (await fetch(url)).blob()], url.split('/').at(-1)!);
}

async function outcome(
  clip: string,
  load: (onProgress: (progress: FileProgress) => void) => Promise<AudioClassifier>,
): Promise<Outcome> {
  const from: Record<string, string> = {};
  try {
    const classifier = await load((progress) => {
      from[progress.file] = progress.from;
    });
    const sound = await fetchFile(clip);
    const [best] = await classifier.classify(sound, { topK: 1 });
    const { data } = await classifier.logits([sound]);
    await classifier.dispose();
    return { from, label: best!.label, logits: [...data], device: classifier.device };
  } catch (error) {
    return { from, error: describe(error) };
  }
}

function describe(error: unknown): { code: string; message: string } {
  return AudiozooError.isInstance(error)
    ? { code: error.code, message: error.message }
    : { code: 'none', message: String(error) };
}
