import { averageCheckpoints, averageModels, directorySink, fileOutput } from '@audiozoo/converters';
import { openFile, openFiles } from '@audiozoo/core/files';
import { isFolder } from '../folder.js';
import { formatBytes, formatCount } from '../format.js';
import { checkOutput } from '../output-file.js';
import type { CommonFlags, Session } from '../session.js';
import { UsageError } from '../usage-error.js';

export interface AverageFlags extends CommonFlags {
  readonly out: string;
  readonly json?: boolean;
}

export async function average(
  paths: readonly string[],
  flags: AverageFlags,
  session: Session,
): Promise<void> {
  const { out } = flags;
  if (paths.length < 2) throw new UsageError('an average needs two checkpoints or more.');
  const areFolders = await Promise.all(paths.map(isFolder));
  if (new Set(areFolders).size > 1) {
    throw new UsageError('checkpoints and model directories cannot be averaged with each other.');
  }
  const progress = await session.progress('MB', 1e6);
  const options = {
    signal: session.signal,
    onProgress: ({ done, total }: { done: number; total: number }) => progress?.update(done, total),
  };
  const run = areFolders[0]! ? averageFolders : averageFiles;
  const report = await run(paths, out, options).finally(() => progress?.stop());

  if (flags.json) session.printJson({ checkpoints: paths, out, ...report });
  else {
    const { tensors, parameters, bytes } = report;
    session.print(
      `Wrote ${out}: the mean of ${paths.length}, ${formatCount(parameters)} parameters in ${tensors} tensors, ${formatBytes(bytes)}`,
    );
  }
}

type Options = Omit<Parameters<typeof averageCheckpoints>[1], 'output'>;

async function averageFolders(paths: readonly string[], out: string, options: Options) {
  const folders = await Promise.all(paths.map((path) => openFiles(path)));
  return averageModels(folders, { ...options, output: directorySink(out) });
}

async function averageFiles(paths: readonly string[], out: string, options: Options) {
  await checkOutput(out);
  const files: Awaited<ReturnType<typeof openFile>>[] = [];
  try {
    for (const path of paths) files.push(await openFile(path));
    return await averageCheckpoints(files, { ...options, output: fileOutput(out) });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}
