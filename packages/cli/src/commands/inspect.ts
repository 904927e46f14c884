import { type Inspection, inspectCheckpoint } from '@audiozoo/converters';
import { byteLength, elementCount, formatShape, oneLine } from '@audiozoo/core/plugin';
import { withSource } from '../checkpoint-source.js';
import { formatBytes, formatCount, formatDescription } from '../format.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';

export interface InspectFlags extends CommonFlags {
  readonly json?: boolean;
}

export async function inspect(path: string, flags: InspectFlags, session: Session): Promise<void> {
  const { signal } = session;
  const { models } = await loadPlugins(flags.plugin);
  const progress = await session.progress('MB', 1e6);
  const inspection = await withSource(path, (source) =>
    inspectCheckpoint(source, {
      models,
      signal,
      onProgress: ({ done, total }) => progress?.update(done, total),
    }),
  ).finally(() => progress?.stop());

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
