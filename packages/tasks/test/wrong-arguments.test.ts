// Odd values in every place of every function that people call: what comes back is never a raw TypeError.

import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { onnxruntimeWeb } from '@audiozoo/backend-web/onnxruntime';
import { tfjs } from '@audiozoo/backend-web/tfjs';
import { wasm } from '@audiozoo/backend-web/wasm';
import {
  averageCheckpoints,
  averageModels,
  beginModel,
  convertCheckpoint,
  exportOnnx,
  exportTriton,
  initializeModel,
  inspectCheckpoint,
  memoryDirectory,
  openCheckpoint,
  quantizeModel,
} from '@audiozoo/converters';
import {
  AudiozooError,
  type ByteSource,
  bytesSource,
  type FileStore,
  type LoadedModel,
  type ModelDirectory,
  openModelDirectory,
} from '@audiozoo/core';
import { forgetDownloads, openFile, openFiles } from '@audiozoo/core/files';
import {
  checkAudio,
  createFbank,
  createResampler,
  fbank,
  melFrequencies,
  resample,
  toMono,
} from '@audiozoo/features';
import { openAudioStream, readAudio } from '@audiozoo/features/audio';
import {
  accuracy,
  audioClassifier,
  averageScores,
  type ClassifierConnection,
  chooseModel,
  classifyMany,
  classifyWindows,
  classMetrics,
  confusionMatrix,
  connectClassifier,
  detectEvents,
  dPrime,
  ensemble,
  evaluateScores,
  hearEvents,
  type LocalClassifier,
  listen,
  loadAudio,
  loadClassifier,
  normalQuantile,
  openMicrophone,
  type RemoteClassifier,
  rankLabels,
  scoresOf,
  serveClassifier,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, expect, test } from 'vitest';

const model = join(import.meta.dirname, '../../../models/spoken-digits');
const checkpoint = join(import.meta.dirname, 'fixtures/spoken-digits/spoken-digits.pth');
const clip = { samples: new Float32Array(4000).fill(0.1), sampleRate: 16000 };
const { samples } = clip;
const plugins = { models: [ast], backend: onnxruntimeNode({ device: 'cpu', workers: 0 }) };

/** What people pass by mistake. Fresh ones each time, since some can be used once. */
const oddValues = (): unknown[] => [
  null,
  0,
  -1,
  1.5,
  Number.NaN,
  Infinity,
  3n,
  true,
  'nowhere',
  '',
  Symbol('odd'),
  [],
  [null],
  ['nowhere'],
  [Number.NaN],
  {},
  // biome-ignore lint/suspicious/noThenProperty: what is like a promise is among what people pass.
  { then() {} },
  { samples: null },
  { type: 'x' },
  { open: 1, read: 1 },
  Object.create(null),
  Promise.resolve(clip),
  () => clip,
  new Date(0),
  new Map([[1, 2]]),
  new Int16Array(4),
  new Uint8Array(4),
  new BigInt64Array(4),
  new AbortController(),
  new EventTarget(),
  new Error('odd'),
  /odd/,
];

// biome-ignore lint/suspicious/noExplicitAny: that everything fits everywhere is the point.
type Odd = any;
type Call = (odd: Odd) => unknown;

let classifier: LocalClassifier;
let remote: RemoteClassifier;
let ports: MessageChannel;
let connection: ClassifierConnection;
let files: FileStore;
let config: ReturnType<typeof ast.readConfig>;
let loaded: LoadedModel;
let directory: ModelDirectory;
let source: ByteSource;
beforeAll(async () => {
  classifier = await loadClassifier(model, plugins);
  ports = new MessageChannel();
  serveClassifier(plugins, ports.port2);
  connection = connectClassifier(ports.port1);
  remote = await connection.load(model);
  files = await openFiles(model);
  directory = await openModelDirectory(files);
  source = await openFile(checkpoint);
  config = ast.readConfig(directory.config, directory.preprocessorConfig);
  loaded = await plugins.backend.load(ast, directory.weights, { config });
});
afterAll(async () => {
  await Promise.all([
    classifier.dispose(),
    remote.dispose(),
    loaded.dispose(),
    directory.weights.close(),
    source.close(),
  ]);
  ports.port1.close();
  ports.port2.close();
});

/** One call for each option, with odd values of it. */
function options(names: string, call: Call): Record<string, Call> {
  return Object.fromEntries(
    ['', ...names.split(' ')].map((name) => [name, (odd: Odd) => call(name === '' ? odd : { [name]: odd })]),
  );
}

const pieces = () => ({
  sampleRate: 16000,
  async *[Symbol.asyncIterator]() {
    yield samples;
  },
});
const sounding = 'channel kernel start duration decoders decoder onNote signal nonsense';
const windowing = `${sounding} sampleRate window hop batch onProgress`;
const table = { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } as const;
const input = { dtype: 'float32', shape: [1, 128, 128], data: new Float32Array(128 * 128) } as const;
const scored = [{ start: 0, end: 1, scores: new Float64Array(12) }];

const calls: Record<string, Record<string, Call>> = {
  readAudio: {
    source: (odd) => readAudio(odd),
    samples: (odd) => readAudio({ samples: odd, sampleRate: 16000 }),
    channels: (odd) => readAudio({ channels: odd, sampleRate: 16000 }),
    rate: (odd) => readAudio({ samples, sampleRate: odd }),
    buffer: (odd) => readAudio({ sampleRate: 16000, numberOfChannels: 1, getChannelData: () => odd }),
    'buffer of channels': (odd) =>
      readAudio({ sampleRate: 16000, numberOfChannels: odd, getChannelData: () => samples }),
    ...options(`${sounding} sampleRate`, (odd) => readAudio(clip, odd)),
  },
  openAudioStream: {
    source: (odd) => openAudioStream(odd),
    ...options(sounding, (odd) => openAudioStream(clip, odd)),
  },
  resample: {
    samples: (odd) => resample(odd, 8000, 16000),
    from: (odd) => resample(samples, odd, 16000),
    to: (odd) => resample(samples, 8000, odd),
    pieces: (odd) => createResampler(8000, 16000).push(odd),
    ...options('kernel nonsense', (odd) => resample(samples, 8000, 16000, odd)),
  },
  fbank: {
    samples: (odd) => fbank(odd),
    compute: (odd) => createFbank().compute(odd),
    into: (odd) => createFbank().compute(samples, odd),
    push: (odd) => createFbank().stream().push(odd),
    ...options('sampleRate melBins window useEnergy seed nonsense', (odd) => fbank(samples, odd)),
    ...options('sampleRate melBins', (odd) => melFrequencies(odd)),
  },
  toMono: {
    channels: (odd) => toMono(odd),
    channel: (odd) => toMono([samples], odd),
    audio: (odd) => checkAudio(odd),
  },
  loadAudio: {
    input: (odd) => loadAudio(odd, 16000),
    rate: (odd) => loadAudio(clip, odd),
    ...options(`${sounding} sampleRate`, (odd) => loadAudio(clip, 16000, odd)),
  },
  loadClassifier: {
    location: (odd) => loadClassifier(odd, plugins),
    ...options(
      'problemType size autoLength input outputs decoders cache integrity onProgress signal nonsense',
      async (odd) => (await loadClassifier(model, { ...plugins, ...spread(odd) })).dispose(),
    ),
    options: (odd) => loadClassifier(model, odd),
    models: (odd) => loadClassifier(model, { ...plugins, models: odd }),
    backend: (odd) => loadClassifier(model, { ...plugins, backend: odd }),
    chooseModel: (odd) => chooseModel(odd, odd),
  },
  audioClassifier: {
    model: (odd) => audioClassifier(odd, config, loaded),
    loaded: (odd) => audioClassifier(ast, config, odd),
    ...options('problemType formsOf decoders nonsense', (odd) => audioClassifier(ast, config, loaded, odd)),
  },
  classify: {
    sound: (odd) => classifier.classify(odd),
    'sound by windows': (odd) => classifier.classify(odd, { hop: 1 }),
    ...options(`${windowing} aggregate topK`, (odd) => classifier.classify(clip, odd)),
    ...prefixed(
      'by windows',
      options(windowing, (odd) => classifier.classify(clip, { hop: 1, ...spread(odd) })),
    ),
  },
  'classify in a worker': {
    sound: (odd) => remote.classify(odd),
    ...options(`${windowing} aggregate topK`, (odd) => remote.classify(clip, odd)),
  },
  classifyInputs: {
    inputs: (odd) => classifier.classifyInputs(odd),
    input: (odd) => classifier.classifyInputs({ input_values: odd }),
    shape: (odd) => classifier.classifyInputs({ input_values: { ...input, shape: odd } }),
    data: (odd) => classifier.classifyInputs({ input_values: { ...input, data: odd } }),
    'inputs in a worker': (odd) => remote.classifyInputs(odd),
    'input in a worker': (odd) => remote.classifyInputs({ input_values: odd }),
    ...options('topK signal nonsense', (odd) => classifier.classifyInputs({ input_values: input }, odd)),
  },
  'logits, embed, features, outputs': {
    batch: (odd) => classifier.logits(odd),
    clip: (odd) => classifier.logits([odd]),
    'batch in a worker': (odd) => remote.logits(odd),
    'clip in a worker': (odd) => remote.embed(odd),
    embed: (odd) => classifier.embed(odd),
    features: (odd) => classifier.features(odd),
    names: (odd) => classifier.outputs(clip, odd),
    'front end': (odd) => classifier.frontEnd.inputs(odd),
    'front end’s clip': (odd) => classifier.frontEnd.inputs([odd]),
    ...options(sounding, (odd) => classifier.logits([clip], odd)),
    ...prefixed(
      'embed',
      options('channel signal nonsense', (odd) => classifier.embed(clip, odd)),
    ),
    ...prefixed(
      'features',
      options('channel signal nonsense', (odd) => classifier.features(clip, odd)),
    ),
    ...prefixed(
      'outputs',
      options('channel signal', (odd) => classifier.outputs(clip, ['logits'], odd)),
    ),
    ...prefixed(
      'there',
      options('channel signal nonsense', (odd) => remote.features(clip, odd)),
    ),
  },
  stream: {
    ...options('sampleRate kernel nonsense', (odd) => classifier.stream(withRate(odd))),
    push: async (odd) => (await classifier.stream({ sampleRate: 16000 })).push(odd),
    'push there': async (odd) => (await remote.stream({ sampleRate: 16000 })).push(odd),
    ...prefixed(
      'classify',
      options('topK signal nonsense', async (odd) => {
        const stream = await classifier.stream({ sampleRate: 16000 });
        await stream.push(samples);
        await stream.classify(odd);
      }),
    ),
  },
  classifyMany: {
    classifier: (odd) => all(classifyMany(odd, [clip])),
    source: (odd) => all(classifyMany(classifier, odd)),
    item: async (odd) => {
      const [{ error } = { error: undefined }] = await all(classifyMany(classifier, [odd]));
      throw error;
    },
    ...options(`${windowing} aggregate topK concurrency`, (odd) =>
      all(classifyMany(classifier, [clip], odd)),
    ),
  },
  classifyWindows: {
    classifier: (odd) => all(classifyWindows(odd, clip)),
    sound: (odd) => all(classifyWindows(classifier, odd)),
    rate: (odd) => all(classifyWindows(classifier, { ...pieces(), sampleRate: odd })),
    piece: (odd) =>
      all(
        classifyWindows(classifier, {
          ...pieces(),
          [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: odd }) }),
        }),
      ),
    ...options(`${windowing} centered`, (odd) => all(classifyWindows(classifier, clip, odd))),
  },
  hearEvents: {
    classifier: (odd) => all(hearEvents(odd, clip)),
    sound: (odd) => all(hearEvents(classifier, odd)),
    ...options(
      'window hop amidSilence threshold medianFilter minDuration mergeGap labels ignore nonsense',
      (odd) => all(hearEvents(classifier, clip, odd)),
    ),
  },
  detectEvents: {
    windows: (odd) => detectEvents(odd, classifier.labels),
    window: (odd) => detectEvents([odd], classifier.labels),
    labels: (odd) => detectEvents(scored, odd),
    on: (odd) => detectEvents(scored, classifier.labels, { threshold: { on: odd } }),
    ...options('threshold medianFilter minDuration mergeGap labels ignore nonsense', (odd) =>
      detectEvents(scored, classifier.labels, odd),
    ),
  },
  listen: {
    classifier: (odd) => all(listen(odd, pieces())),
    source: (odd) => all(listen(classifier, odd)),
    rate: (odd) => all(listen(classifier, { ...pieces(), sampleRate: odd })),
    ...options('hop live kernel onFeatures topK signal nonsense', (odd) =>
      all(listen(classifier, pieces(), odd)),
    ),
  },
  ensemble: {
    members: (odd) => ensemble(odd),
    member: (odd) => ensemble([classifier, odd]),
    batch: (odd) => ensemble([classifier]).logits(odd),
    clip: (odd) => ensemble([classifier]).classify(odd),
    weight: (odd) => ensemble([classifier], { weights: [odd] }),
    ...options('weights nonsense', (odd) => ensemble([classifier], odd)),
  },
  'a worker': {
    worker: (odd) => connectClassifier(odd),
    location: async (odd) => (await connection.load(odd)).dispose(),
    endpoint: (odd) => serveClassifier(plugins, odd),
    models: (odd) => serveClassifier({ ...plugins, models: odd }, new MessageChannel().port1),
    ...options('device conversion problemType decoders signal onProgress nonsense', async (odd) =>
      (await connection.load(model, odd)).dispose(),
    ),
    ...prefixed(
      'serve',
      options('models backend converters nonsense', (odd) =>
        serveClassifier(odd, new MessageChannel().port1),
      ),
    ),
  },
  openMicrophone: options('deviceId nonsense', (odd) => openMicrophone(odd)),
  metrics: {
    accuracy: (odd) => accuracy(odd, odd),
    confusionMatrix: (odd) => confusionMatrix(table, odd),
    evaluateScores: (odd) => evaluateScores(odd, odd),
    'scores’ data': (odd) => evaluateScores({ ...table, data: odd }, { ...table, dtype: 'uint8' } as Odd),
    classMetrics: (odd) => classMetrics(odd, odd),
    targets: (odd) => classMetrics([1], odd),
    averageScores: (odd) => averageScores(odd),
    'scores of a member': (odd) => averageScores([odd]),
    weights: (odd) => averageScores([Float64Array.of(1)], odd),
    scoresOf: (odd) => scoresOf(odd, 'multi_label_classification'),
    rankLabels: (odd) => rankLabels(odd, classifier.labels, 1),
    labels: (odd) => rankLabels(Float64Array.of(1), odd, 1),
    topK: (odd) => rankLabels(Float64Array.of(1), classifier.labels, odd),
    normalQuantile: (odd) => normalQuantile(odd),
    dPrime: (odd) => dPrime(odd),
  },
  files: {
    file: (odd) => openFile(odd),
    folder: (odd) => openFiles(odd),
    ...options('signal onProgress integrity cache nonsense', (odd) => openFiles(model, odd)),
    forgetDownloads: () => forgetDownloads(),
  },
  converters: {
    ...prefixed(
      'convert',
      options('labels settings dtype nonsense signal', async (odd) =>
        convertCheckpoint(source, { ...writing(), ...spread(odd) }),
      ),
    ),
    source: (odd) => convertCheckpoint(odd, writing()),
    'convert with': (odd) => convertCheckpoint(bytesSource(new Uint8Array(9)), odd),
    'convert to': (odd) => convertCheckpoint(bytesSource(new Uint8Array(9)), { ...writing(), output: odd }),
    'open checkpoint': (odd) => openCheckpoint(odd),
    'open checkpoint with': (odd) => openCheckpoint(source, odd),
    inspect: (odd) => inspectCheckpoint(odd, { models: [ast] }),
    'inspect with': (odd) => inspectCheckpoint(files, odd),
    quantize: (odd) => quantizeModel(odd, { ...writing(), dtype: 'int8' }),
    'quantize to': (odd) => quantizeModel(files, { ...writing(), dtype: odd }),
    'quantize with': (odd) => quantizeModel(files, odd),
    average: (odd) => averageCheckpoints(odd, { output: undefined as never }),
    'average of': (odd) => averageCheckpoints([odd, odd], writing() as Odd),
    'average with': (odd) => averageModels([files, files], odd),
    initialize: (odd) => initializeModel(odd, { ...writing(), labels: [] }),
    'initialize with': (odd) => initializeModel(files, odd),
    begin: (odd) => beginModel({ ...writing(), model: odd, labels: [] }),
    'begin with': (odd) => beginModel(odd),
    'export of': async (odd) => exportOnnx(odd, directory, { out: '/nowhere/a', weights: 'inline' }),
    'export as': async (odd) => exportOnnx(ast, directory, { out: '/nowhere/a', weights: odd }),
    'export with': async (odd) => exportOnnx(ast, directory, odd),
    'triton of': async (odd) => exportTriton(odd, directory, { out: '/dev/null/a', name: 'a' }),
    'triton as': async (odd) => exportTriton(ast, directory, { out: '/dev/null/a', name: odd }),
    'triton with': async (odd) => exportTriton(ast, directory, odd),
  },
  backends: {
    ...options('device workers threads precision prepack nonsense', (odd) => onnxruntimeNode(odd)),
    ...prefixed(
      'web',
      options('ort device threads precision prepack', (odd) => onnxruntimeWeb(odd)),
    ),
    ...prefixed(
      'tfjs',
      options('tf device nonsense', (odd) => tfjs(odd)),
    ),
    ...prefixed(
      'wasm',
      options('threads nonsense', (odd) => wasm(odd)),
    ),
  },
};

test.each(Object.entries(calls))(
  '%s',
  async (_, places) => {
    const raw: string[] = [];
    let refused = 0;
    for (const [place, call] of Object.entries(places)) {
      for (const [index, odd] of oddValues().entries()) {
        try {
          await call(odd);
        } catch (error) {
          refused++;
          const isTyped = AudiozooError.isInstance(error);
          // A text is a path, and bytes are a file; all else is a slip in the call.
          const isFile = typeof odd === 'string' || odd instanceof Uint8Array || Array.isArray(odd);
          const allowed: unknown[] = ['argument', 'audio', 'audio-too-short', 'shape', 'device'];
          if (isTyped && (isFile || allowed.includes(error.code))) continue;
          raw.push(
            `${place}, value ${index} (${String(typeof odd)}): ${isTyped ? error.code : ''} ${String(error)}`,
          );
        }
      }
    }
    expect(raw).toEqual([]);
    expect(refused).toBeGreaterThan(0);
  },
  120_000,
);

function prefixed(prefix: string, places: Record<string, Call>): Record<string, Call> {
  return Object.fromEntries(Object.entries(places).map(([place, call]) => [`${prefix}: ${place}`, call]));
}

/** Records go into options; what is none stays out, its own call has it. */
function spread(odd: Odd): object {
  return typeof odd === 'object' && odd !== null ? { ...odd } : {};
}

function withRate(odd: Odd): Odd {
  const isRecord = typeof odd === 'object' && odd !== null && Object.getPrototypeOf(odd) === Object.prototype;
  return isRecord ? { sampleRate: 16000, ...odd } : odd;
}

const writing = () => ({ models: [ast], output: memoryDirectory() });

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const value of values) taken.push(value);
  return taken;
}
