// From a name to a model directory that classifies: download, check, and convert where that is needed. What
// has come stays in a hidden folder when it breaks off, and the same command goes on from there.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversionReport } from '@audiozoo/converters';
import {
  type AnyModel,
  AudiozooError,
  type FileStore,
  type ForeignCheckpointOptions,
  openModelDirectory,
  type Progress,
} from '@audiozoo/core';
import { checkFolderIsFree, notWritable, openStaging, type Staging } from '@audiozoo/core/disk';
import {
  createNodeSha256,
  type DownloadedFile,
  downloadFile,
  type HuggingFaceHub,
  hubEnvironment,
  hubFiles,
  huggingFaceHub,
  isInTheOpen,
  patientPolicy,
  type Retry,
  smallFilePlaces,
  stagedPlace,
} from '@audiozoo/core/network';
import { fetchWeights, modelTensors, readJson, readPreprocessorConfig } from '@audiozoo/core/plugin';
import { chooseModel } from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import {
  asksForConversion,
  checkpointFlags,
  conversionFlags,
  conversionOptions,
  convertTo,
  describeConversion,
  foreignCheckpointOf,
  sourceOptions,
} from '../flags/conversion.js';
import { sha256 } from '../flags/flag-value.js';
import { declareSettings } from '../flags/model-settings.js';
import { modelsFor } from '../flags/plugin.js';
import { proxiedFetch } from '../input/proxied-fetch.js';
import { listZoo, type PullSource, readPullSource } from '../input/pull-source.js';
import { formatBytes } from '../output/format.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('pull')
    .description('Download a model, check it, and make a model directory of it.')
    .argument(
      '<model>',
      'a name that `models` lists, a Hugging Face repository, or the address of a checkpoint',
    )
    .requiredOption('--out <dir>', 'the directory to write; whole or not at all')
    .option('--revision <name>', 'branch, tag or commit of the repository (default: main)')
    .option('--sha256 <hex>', 'the checksum that the file at the address must have', sha256)
    .option('--json', 'what came and was written as JSON on stdout')
    .addHelpText(
      'after',
      `
What breaks off or is interrupted stays in a hidden folder beside <dir>; the same command goes on from there.
HF_ENDPOINT names another hub, HF_TOKEN opens private repositories, HTTPS_PROXY, HTTP_PROXY and NO_PROXY work
as usual. The flags about keys, settings and labels are those of \`convert\`, for checkpoints at an address.

Examples:
  $ audiozoo pull audioset_10_10_0.4593 --out ast-audioset
  $ audiozoo pull MIT/ast-finetuned-speech-commands-v2 --out commands
  $ audiozoo pull https://example.org/digits.pth --out digits --set fstride=16 --set tstride=16 --set frames=128`,
    ),
  checkpointFlags,
  conversionFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((what, flags, called) => pull(what, flags, createSession(called, signal)));

/** Gives it the flags of the models that the command line may be about. */
export const completeFlags = () => declareSettings(declared, foreignCheckpointOf);

interface Pulled {
  /** The version that came, where there are several. */
  readonly revision?: string;
  readonly files: readonly DownloadedFile[];
  readonly conversion?: ConversionReport;
}

/** More than any audio model has; a server that sends without end fills no disk. */
const maxBytes = 2 ** 35;

async function pull(what: string, flags: Flags, session: Session): Promise<void> {
  const models = await modelsFor(flags);
  const { endpoint, token } = await hubEnvironment();
  const hub = huggingFaceHub(endpoint, token);
  const source = readPullSource(what, await listZoo(models), hub);
  const options = await conversionOptions(flags);
  refuseIdleFlags(source, flags, options);
  await checkFolderIsFree(flags.out);

  const { signal } = session;
  const watch = await watchDownloads(session);
  const download = { fetch: proxiedFetch, maxBytes, policy: patientPolicy, signal, ...watch };
  const task: Task = { flags, models, options, download, session };
  let pulled: Pulled;
  try {
    pulled =
      source.kind === 'repository'
        ? await pullRepository(source, hub, task)
        : await pullCheckpoint(source.checkpoint, task);
  } finally {
    download.stop();
  }
  if (flags.json) session.printJson({ source: what, out: flags.out, ...pulled });
  else session.print(description(what, flags.out, pulled));
}

interface Task {
  readonly flags: Flags;
  readonly models: readonly AnyModel[];
  readonly options: ForeignCheckpointOptions;
  readonly download: Omit<Parameters<typeof downloadFile>[3], 'onProgress'> & DownloadWatch;
  readonly session: Session;
}

/** One file, of another program's making: converted. */
async function pullCheckpoint(
  { url: address, bytes, sha256, conversion }: Extract<PullSource, { kind: 'checkpoint' }>['checkpoint'],
  { flags, models, options, download, session }: Task,
): Promise<Pulled> {
  const url = new URL(address);
  const expected = { bytes, sha256: flags.sha256 ?? sha256 };
  if (isInTheOpen(url) && expected.sha256 === undefined) {
    session.warn(`${url.host} is not encrypted: anybody on the way can change the file. Give its --sha256.`);
  }
  const name = fileName(url);
  return withStaging(flags.out, address, session, async (staging, spoiled) => {
    const file = await downloadFile(url, staging, name, { ...download, expected });
    download.stop();
    const told = {
      ...conversion,
      ...options,
      ...sourceOptions(flags),
      settings: { ...conversion?.settings, ...options.settings },
      dtype: flags.dtype,
    };
    const report = await convertTo(flags.out, join(staging.files, name), models, told, session).catch(
      (error: unknown) => {
        // A damaged file is not worth keeping; one that only lacks a flag is.
        if (AudiozooError.isInstance(error, 'checkpoint') && !file.verified) spoiled();
        throw error;
      },
    );
    return { files: [file], conversion: report };
  });
}

/** A model directory of Hugging Face: used as it is, unless its weights are a pickle or another dtype is asked for. */
async function pullRepository(
  { repository, revision: page }: Extract<PullSource, { kind: 'repository' }>,
  hub: HuggingFaceHub,
  { flags, models, options, download, session }: Task,
): Promise<Pulled> {
  const small = smallFilePlaces();
  const large: { place?: (name: string) => ReturnType<typeof stagedPlace> } = {};
  const files = hubFiles({
    ...download,
    ...{ hub, repository, revision: flags.revision ?? page ?? 'main' },
    createSha256: async () => createNodeSha256,
    onProgress: (progress) => void (isSmall(progress.file) || download.onProgress(progress)),
    place: (name) => (large.place && !isSmall(name) ? large.place(name) : small.place(name)),
  });
  const revision = await files.commit();
  // Whether this is a model that can be used is told by its small files, before the large ones come.
  const directoryConfig = (await readJson(files, 'config.json'))!;
  const model = chooseModel(models, directoryConfig.model_type);
  const config = model.readConfig(directoryConfig, await readPreprocessorConfig(files));
  await readTokenizer(model, files, session);

  return withStaging(flags.out, `${repository}@${revision}`, session, async (staging, spoiled) => {
    const came = new Map<string, DownloadedFile>();
    large.place = (name) => stagedPlace(staging, name, (file) => came.set(name, file));
    try {
      if (asksForConversion(options, flags.dtype) || !(await hasSafetensors(files))) {
        const told = { ...options, dtype: flags.dtype };
        const conversion = await convertTo(flags.out, files, models, told, session);
        return { revision, files: [...came.values()], conversion };
      }
      const { weights } = await openModelDirectory(files);
      try {
        modelTensors(model, config, weights);
        await fetchWeights(weights);
      } finally {
        await weights.close();
      }
      download.stop();
      for (const [name, source] of small.kept) {
        const bytes = await source.read(0, source.size);
        await writeFile(join(staging.files, name), bytes).catch(notWritable(flags.out));
      }
      await staging.commit();
      return { revision, files: [...came.values()] };
    } catch (error) {
      if (AudiozooError.isInstance(error) && error.code !== 'file') spoiled();
      throw error;
    }
  });
}

/** Of a model that reads words: what it is made of comes with the small files. */
async function readTokenizer(model: AnyModel, files: FileStore, session: Session): Promise<void> {
  try {
    await (await model.textTower?.())?.tokenizer(files);
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'file') || error.details?.missing !== 'tokenizer') throw error;
    session.warn(`${error.what}: the model will hear, but read no words.`);
  }
}

const isSmall = (name: string) => name.endsWith('.json');

async function hasSafetensors(files: FileStore): Promise<boolean> {
  const found = (await files.open('model.safetensors')) ?? (await files.open('model.safetensors.index.json'));
  await found?.close();
  return found !== undefined;
}

/** Works in the staging folder of `out`; after a failure, says what stays of it for the next try. */
async function withStaging<T>(
  out: string,
  source: string,
  session: Session,
  use: (staging: Staging, spoiled: () => void) => Promise<T>,
): Promise<T> {
  const staging = await openStaging(out, source);
  let keep = true;
  try {
    const result = await use(staging, () => {
      keep = false;
    });
    keep = false;
    return result;
  } finally {
    const bytes = await staging.close({ keep });
    if (bytes > 0) session.note(`${formatBytes(bytes)} stay: the same command goes on from there.`);
  }
}

interface DownloadWatch {
  onProgress(progress: Progress): void;
  onRetry(retry: Retry): void;
  stop(): void;
}

async function watchDownloads(session: Session): Promise<DownloadWatch> {
  const bar = await session.progress();
  return {
    onProgress: (progress) => bar?.update(progress),
    onRetry({ error, wait }) {
      bar?.stop();
      session.note(`${error.message} Trying again in ${Math.ceil(wait / 1000)} s.`);
    },
    stop: () => bar?.stop(),
  };
}

function refuseIdleFlags(source: PullSource, flags: Flags, options: ForeignCheckpointOptions): void {
  const isRepository = source.kind === 'repository';
  if (isRepository && asksForConversion({ ...options, ...sourceOptions(flags) })) {
    throw new UsageError('A Hugging Face repository says itself what its model is: leave those flags out.');
  }
  if (isRepository && flags.sha256 !== undefined) {
    throw new UsageError('--sha256 is for one file; Hugging Face tells the checksums of its own.');
  }
  if (!isRepository && flags.revision !== undefined) {
    throw new UsageError('--revision is for Hugging Face repositories.');
  }
}

/** The last part of an address's path, where it can be a file's name. */
function fileName({ pathname }: URL): string {
  const last = pathname.split('/').at(-1)!;
  return /^\w[\w.-]{0,99}$/.test(last) ? last : 'checkpoint';
}

function description(what: string, out: string, { revision, files, conversion }: Pulled): string {
  return [
    ...(revision === undefined ? [] : [`${what} at ${revision}`]),
    ...files.map(({ name, bytes, sha256, verified }) => {
      const checksum = verified
        ? `SHA-256 ${sha256}, as promised`
        : `SHA-256 ${sha256}, which nobody promised`;
      return `${name}: ${formatBytes(bytes)}, ${checksum}`;
    }),
    conversion ? describeConversion(what, out, conversion) : `Wrote ${out}`,
  ].join('\n');
}
