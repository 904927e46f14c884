// onnxruntime maps the weights' files itself: the graph holds byte ranges, and nothing passes through JavaScript. What
// it does not repack stays mapped for as long as the session is open. A mapped file that somebody writes to changes
// the model without a word, and one that is cut short ends the process. So onnxruntime gets a copy that nobody else
// can name, where that costs nothing that can be measured; else the file is looked at before and after each run.
//
// It looks in one folder, and follows no symbolic links; `ByteSource.path` has none.

import { close, constants, open } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AudiozooError, type ByteSource, type Weights } from '@audiozoo/core';
import { fileStamp, notWritable, temporaryFolder } from '@audiozoo/core/disk';
import type { EncodeOptions } from '@audiozoo/onnx';

/**
 * So many bytes are copied while the thread starts and the model is traced: loading takes as long as without. Twice
 * as many would show.
 */
const mostCopiedBytes = 100e6;

export interface WeightsFiles {
  /** Which weights onnxruntime can read from their files. Others go into the graph. */
  readonly locate: NonNullable<EncodeOptions['locate']>;
  /** Makes the files ready to be opened, and returns the folder they are in; undefined when there are none. */
  readonly folder: Promise<string | undefined>;
  /** Throws a `runtime` error once a file is no longer what it was when the weights were opened. */
  check(): Promise<void>;
  /** Sessions have opened the files. `isMapped`: what they hold is the files themselves. */
  opened(isMapped: boolean): Promise<void>;
  close(): Promise<void>;
}

/** `copy`: whether files are copied, where the size should not decide. */
export function weightsFiles({ tensors }: Weights, copy: boolean | undefined): WeightsFiles {
  const all = new Set(Array.from(tensors.values(), ({ source }) => source));
  const first = Array.from(all, ({ path }) => path).find((path) => path !== undefined);
  const folder = first && dirname(first);
  const files = [...all].filter((source): source is StoredSource => isIn(source, folder));

  let copied: string | undefined;
  let watched: WatchedFile[] = [];
  const ready = async () => {
    if (folder === undefined) return undefined;
    for (const file of files) watched.push(await watch(file));
    copied = await privateCopy(watched, copy);
    await check();
    return copied ?? folder;
  };
  const check = async () => void (await Promise.all(watched.map(checkUnchanged)));
  const unwatch = async () => {
    const closing = watched;
    watched = [];
    await Promise.all(closing.map(({ descriptor }) => promisify(close)(descriptor)));
  };
  /** On Windows the files stay while they are mapped. */
  const removeCopy = async () => {
    if (copied !== undefined) await rm(copied, { recursive: true, force: true }).catch(() => {});
  };

  const readying = ready();
  readying.catch(() => {}); // heard by whoever asks for the folder
  return {
    locate({ dtype, stored: { dtype: storedDType, source, offset } }) {
      if (dtype !== storedDType || !isIn(source, folder)) return undefined;
      return { location: basename(source.path), offset };
    },
    folder: readying,
    check,
    async opened(isMapped) {
      await check();
      await removeCopy();
      if (copied !== undefined || !isMapped) await unwatch();
    },
    async close() {
      await readying.catch(() => {});
      await removeCopy();
      await unwatch();
    },
  };
}

type StoredSource = ByteSource & { readonly path: string };

function isIn(source: ByteSource, folder: string | undefined): source is StoredSource {
  return source.path !== undefined && dirname(source.path) === folder;
}

interface WatchedFile {
  readonly path: string;
  readonly bytes: number;
  /** Of the file that was opened; another that takes its name is no concern of ours. */
  readonly descriptor: number;
  readonly stamp: string;
}

async function watch({ path, size, stamp }: StoredSource): Promise<WatchedFile> {
  // No FileHandle: a model that is forgotten, not disposed, would close it with a warning.
  const descriptor = await promisify(open)(path, 'r').catch((cause) => {
    throw changed(path, cause);
  });
  return { path, bytes: size, descriptor, stamp: stamp ?? (await fileStamp(descriptor)) };
}

async function checkUnchanged({ path, descriptor, stamp }: WatchedFile): Promise<void> {
  if ((await fileStamp(descriptor)) !== stamp) throw changed(path);
}

function changed(path: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime', // no fault of whoever asks for a run
    what: `${path} has changed under the model that is loaded from it`,
    expected: 'the bytes that were there when it was opened',
    hint: 'Load the model again. To replace a file that is in use, rename another onto it.',
    ...(cause !== undefined && { got: String(cause), cause }),
  });
}

/** Copies files to a folder of this process, and returns that; undefined where it costs too much or is not asked for. */
async function privateCopy(
  files: readonly WatchedFile[],
  copy: boolean | undefined,
): Promise<string | undefined> {
  // Windows lets nobody cut a mapped file short.
  if (!(copy ?? process.platform !== 'win32')) return undefined;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  // Some file systems (btrfs, XFS, APFS) let two files share their bytes until one is written to.
  const mode =
    copy || bytes <= mostCopiedBytes ? constants.COPYFILE_FICLONE : constants.COPYFILE_FICLONE_FORCE;
  let folder: string | undefined;
  try {
    folder = await temporaryFolder();
    for (const { path } of files) await copyFile(path, join(folder, basename(path)), mode);
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    if (copy) return notWritable(folder ?? tmpdir())(error);
    return undefined;
  }
  for (const { path, stamp } of files) {
    // By its name, which another file may have got meanwhile.
    if ((await fileStamp(path).catch(() => undefined)) === stamp) continue;
    await rm(folder, { recursive: true, force: true });
    throw changed(path);
  }
  return folder;
}
