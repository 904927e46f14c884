/** A flag's value. Throws what the command's usage says when it is none from 1 on. */
export function wholeNumber(name: string, value: string, usage: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} is ${value}.\n${usage}`);
  return number;
}
