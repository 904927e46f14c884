// Files of the packages' own tests, to begin from.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const packages = join(import.meta.dirname, '../../../packages');

export const fixture = (path: string): Uint8Array => new Uint8Array(readFileSync(join(packages, path)));
export const fixturesIn = (folder: string): readonly string[] => readdirSync(join(packages, folder));
export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
export const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
