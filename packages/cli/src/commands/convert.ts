import { openFiles } from '@audiozoo/core/files';
import { findBase } from '../adapter-base.js';
import {
  type ConversionFlags,
  conversionOptions,
  convertPath,
  describeConversion,
  sourceOptions,
} from '../conversion.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';

export interface ConvertFlags extends CommonFlags, ConversionFlags {
  readonly out: string;
  readonly base?: string;
  readonly json?: boolean;
}

export async function convert(checkpoint: string, flags: ConvertFlags, session: Session): Promise<void> {
  const { models } = await loadPlugins(flags.plugin);
  const base = flags.base ?? (await findBase(checkpoint));
  const options = {
    ...(await conversionOptions(flags)),
    ...sourceOptions(flags),
    dtype: flags.dtype,
    ...(base !== undefined && { base: await openFiles(base) }),
  };
  const report = await convertPath(checkpoint, flags.out, models, options, session);
  if (flags.json) session.printJson({ checkpoint, out: flags.out, ...report });
  else session.print(describeConversion(checkpoint, flags.out, report));
}
