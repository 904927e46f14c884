import type { Settings } from '@audiozoo/core';

/** What can be said of a checkpoint of AST, whose files tell the least; it comes when somebody asks. */
export async function checkpointSettings(): Promise<Settings> {
  const { ast } = await import('@audiozoo/ast');
  const { foreignCheckpoint: known } = ast;
  const { settings = {} } = (typeof known === 'function' ? await known() : known) ?? {};
  return settings;
}
