// A process in which the AWS client cannot be found.

import { register } from 'node:module';
import { openSource, readInputs } from '@audiozoo/fleet';

const hooks = `export const resolve = (name, context, next) =>
  next(name.startsWith('@aws-sdk/') ? '@aws-sdk/is-not-installed' : name, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

async function first(input: string): Promise<string> {
  for await (const { entry } of readInputs([input])) return entry.source;
  return 'none';
}

console.log(await first('https://example.org/a.wav'));
console.log(await first('s3://bucket/').catch((error: Error) => error.message));
console.log(await openSource({ source: 's3://bucket/a.wav' }).catch((error: Error) => error.message));
