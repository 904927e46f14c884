import { describeValue } from '../checks/describe-value.js';
import { AudiozooError } from '../errors.js';

/** The SHA-256 that a file must have, as 64 hexadecimal digits; undefined when it may have any. */
export function readIntegrity(
  integrity: Readonly<Record<string, string>> | undefined,
  name: string,
): string | undefined {
  if (!integrity || !Object.hasOwn(integrity, name)) return undefined;
  const given: unknown = integrity[name];
  const text = typeof given === 'string' ? given.trim() : '';
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const base64 = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(text)?.[1];
  if (base64) {
    return Array.from(atob(base64), (character) =>
      character.charCodeAt(0).toString(16).padStart(2, '0'),
    ).join('');
  }
  throw new AudiozooError({
    code: 'argument',
    what: `the integrity of ${name} is no SHA-256`,
    option: 'integrity',
    expected: '`sha256-` and 44 characters of base64, or 64 hexadecimal digits',
    got: describeValue(given),
    hint: 'Print it with `sha256sum FILE`.',
  });
}
