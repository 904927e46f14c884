import { type Inspection, inspectCheckpoint } from '@audiozoo/converters';
import { byteLength, elementCount, formatShape, oneLine } from '@audiozoo/core/plugin';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { loadPlugins } from '../flags/plugin.js';
import { withSource } from '../input/path.js';
import { formatBytes, formatCount, formatDescription } from '../output/format.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('inspect')
    .description('Show the tensors of a checkpoint or model directory, after verifying every byte.')
    .argument('<path>', 'a .pth, .pt or .safetensors file, or a model directory')
    .option('--json', '{ format, tensors: [{ name, dtype, shape }], recognized, choices } on stdout')
    .addHelpText(
      'after',
      `
Nothing in a checkpoint is run. Where it holds several sets of weights, each is shown with its key: what
\`convert --key\` chooses from.

Examples:
  $ audiozoo inspect audioset_10_10_0.4593.pth
  $ audiozoo inspect ast-audioset --json`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((path, flags, called) => inspect(path, flags, createSession(called, signal)));

async function inspect(path: string, flags: Flags, session: Session): Promise<void> {
  const { models } = await loadPlugins(flags.plugin);
  const inspection = await session.watch((watching) =>
    withSource(path, (source) => inspectCheckpoint(source, { models, ...watching })),
  );

  if (flags.json) session.printJson(inspection);
  else session.print(table(path, inspection));
}

function table(path: string, { format, tensors, recognized, choices = [] }: Inspection): string {
  const sum = (count: (tensor: (typeof tensors)[number]) => number) =>
    tensors.reduce((total, tensor) => total + count(tensor), 0);
  const parameters = formatCount(sum(({ shape }) => elementCount(shape)));
  const rows = tensors.map(({ name, dtype, shape }) => [dtype, formatShape(shape), oneLine(name)] as const);
  const width = (column: 0 | 1) => rows.reduce((most, row) => Math.max(most, row[column].length), 0);
  const [dtypes, shapes] = [width(0), width(1)];
  return [
    `${path}: ${format}, ${tensors.length} tensors, ${parameters} parameters, ${formatBytes(sum(byteLength))}`,
    `Recognized as: ${recognized ? formatDescription(recognized) : choices.length > 0 ? 'several that fit' : 'nothing known'}`,
    ...choices.map(
      ({ key, ...description }) => `  --key ${JSON.stringify(key)}: ${formatDescription(description)}`,
    ),
    ...rows.map(([dtype, shape, name]) => `  ${dtype.padEnd(dtypes)}  ${shape.padEnd(shapes)}  ${name}`),
  ].join('\n');
}
