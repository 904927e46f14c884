import { type ConversionFlags, conversionOptions, convertPath, describeConversion } from '../conversion.js';
import { loadPlugins } from '../plugin.js';
import type { CommonFlags, Session } from '../session.js';

export interface ConvertFlags extends CommonFlags, ConversionFlags {
  readonly out: string;
  readonly json?: boolean;
}

export async function convert(checkpoint: string, flags: ConvertFlags, session: Session): Promise<void> {
  const { models } = await loadPlugins(flags.plugin);
  const options = { ...(await conversionOptions(flags)), dtype: flags.dtype };
  const report = await convertPath(checkpoint, flags.out, models, options, session);
  if (flags.json) session.printJson({ checkpoint, out: flags.out, ...report });
  else session.print(describeConversion(checkpoint, flags.out, report));
}
