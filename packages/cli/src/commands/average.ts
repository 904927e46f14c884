import { averageCheckpoints, averageModels, directorySink, fileOutput } from '@audiozoo/converters';
import { openFile, openFiles } from '@audiozoo/core/files';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { isFolder } from '../input/path.js';
import { formatBytes, formatCount } from '../output/format.js';
import { checkOutput } from '../output/output-file.js';
import { createSession, type Session, UsageError, type Watching } from '../session/session.js';

const declared = addFlags(
  new Command('average')
    .description('Average the weights of several checkpoints of one model.')
    .argument('<checkpoints...>', '.pth, .pt or .safetensors files, or model directories')
    .requiredOption('--out <path>', 'a safetensors file with the same names, or a model directory')
    .option('--json', 'what was written as JSON on stdout')
    .addHelpText(
      'after',
      `
Nothing is written over. Names and shapes must agree, and for directories labels, input and statistics too.

Examples:
  $ audiozoo average audio_model.16.pth audio_model.17.pth audio_model.18.pth --out mean.safetensors
  $ audiozoo convert mean.safetensors --out ast-mean
  $ audiozoo average epoch-8 epoch-9 epoch-10 --out ast-mean`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((paths, flags, called) => average(paths, flags, createSession(called, signal)));

async function average(paths: readonly string[], flags: Flags, session: Session): Promise<void> {
  const { out } = flags;
  if (paths.length < 2) throw new UsageError('an average needs two checkpoints or more.');
  const areFolders = await Promise.all(paths.map(isFolder));
  if (new Set(areFolders).size > 1) {
    throw new UsageError('checkpoints and model directories cannot be averaged with each other.');
  }
  const run = areFolders[0]! ? averageFolders : averageFiles;
  const report = await session.watch((watching) => run(paths, out, watching));

  if (flags.json) session.printJson({ checkpoints: paths, out, ...report });
  else {
    const { tensors, parameters, bytes } = report;
    session.print(
      `Wrote ${out}: the mean of ${paths.length}, ${formatCount(parameters)} parameters in ${tensors} tensors, ${formatBytes(bytes)}`,
    );
  }
}

async function averageFolders(paths: readonly string[], out: string, watching: Watching) {
  const folders = await Promise.all(paths.map((path) => openFiles(path)));
  return averageModels(folders, { ...watching, output: directorySink(out) });
}

async function averageFiles(paths: readonly string[], out: string, watching: Watching) {
  await checkOutput(out);
  const files: Awaited<ReturnType<typeof openFile>>[] = [];
  try {
    for (const path of paths) files.push(await openFile(path));
    return await averageCheckpoints(files, { ...watching, output: fileOutput(out) });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}
