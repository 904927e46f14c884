// What a script of this folder is told, and what it says when that does not do.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The values of the options. Prints `usage` and ends when asked for `--help`, and when the options do not fit. */
export function readOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  usage: string,
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options }>>['values'] {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options, allowNegative: true }).values;
  } catch (error) {
    return stop(`${(error as Error).message}\n${usage}`);
  }
}

/** An option's value, a whole number from 1 on. */
export function wholeNumber(name: string, value: string, usage: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  return stop(`--${name} is ${value}: it takes a whole number from 1 on.\n${usage}`);
}

/** The same of several, with commas between them. */
export function wholeNumbers(name: string, value: string, usage: string): number[] {
  return value.split(',').map((item) => wholeNumber(name, item, usage));
}

/** Ends the process with a reason that says how to mend it: no stack trace helps there. */
export function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}
