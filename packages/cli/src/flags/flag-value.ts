// Flags' values from text, strictly: `Number` alone would take '', '0x10' and '1e3' for whole numbers.

import type { SettingValues } from '@audiozoo/core';
import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most = 1_000_000): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** A parser of decimal numbers; `above` and `atLeast` bound them from below, `below` from above. */
export function decimal(
  bound: { readonly above?: number; readonly atLeast?: number; readonly below?: number } = {},
) {
  const { above = Number.NEGATIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY, below = Infinity } = bound;
  return (text: string): number => {
    const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value) && value > above && value >= atLeast && value < below) return value;
    const bounds = [
      bound.above !== undefined && ` above ${above}`,
      bound.atLeast !== undefined && `, at least ${atLeast}`,
      bound.below !== undefined && ` and below ${below}`,
    ];
    throw new InvalidArgumentError(`Expected a number${bounds.filter(Boolean).join('')}.`);
  };
}

/** A channel's number from 0, or `mean`. */
export function channel(text: string): number | 'mean' {
  if (text === 'mean') return text;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a channel's number from 0, or mean.");
}

/** A SHA-256 checksum, as tools print it. */
export function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Expected 64 hexadecimal digits.');
}

/** A text that says something. */
export function words(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected words.');
}

/** The same, for flags that may be given more than once. */
export function collectWords(text: string, earlier?: readonly string[]): readonly string[] {
  return collect(words(text), earlier);
}

/** For flags that may be given more than once. */
export function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

/** For `name=value`, which may be given more than once. What reads as a number or a truth value is one. */
export function setting(text: string, earlier: SettingValues = {}): SettingValues {
  const [, name, value] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=value.');
  const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value);
  const isTruth = value === 'true' || value === 'false';
  return { ...earlier, [name]: isNumber ? Number(value) : isTruth ? value === 'true' : value };
}

/** medianSeconds → --median-seconds */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
