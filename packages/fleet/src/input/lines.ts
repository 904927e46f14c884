// Lines of a text that may be longer than memory.

import { refusing } from '@audiozoo/core/plugin';

/** Characters of a line at most. Paths have up to 4,096, presigned addresses a few thousand. */
export const longestLine = 16_000;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its break; undefined where it is too long. */
  readonly text: string | undefined;
}

/** The lines of UTF-8 or, behind its mark, UTF-16. Throws a `file` error that names the line when it is neither. */
export async function* readLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Line, void, undefined> {
  let decoder: TextDecoder | undefined;
  let head = Buffer.alloc(0); // until its mark can be told
  let number = 1;
  let begun = ''; // of the line that the text stops in
  let isTooLong = false;

  const decode = (bytes: Uint8Array, stream: boolean): string => {
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    decoder ??= new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8', { fatal: true });
    try {
      return decoder.decode(bytes, { stream });
    } catch (cause) {
      throw refusing('file', name)('is not text that can be read', {
        expected: 'UTF-8',
        got: `other bytes in or behind line ${number}`,
        hint: 'Save it as UTF-8; one that is compressed, unpack.',
        cause,
      });
    }
  };
  function* linesOf(text: string): Generator<Line, void, undefined> {
    let at = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      const line = begun + text.slice(at, end);
      at = end + 1;
      yield { number, text: isTooLong || line.length > longestLine ? undefined : line.replace(/\r$/, '') };
      number++;
      begun = '';
      isTooLong = false;
    }
    begun += text.slice(at);
    if (begun.length <= longestLine + 1) return;
    isTooLong = true;
    begun = '';
  }

  for await (const chunk of chunks) {
    if (decoder) {
      yield* linesOf(decode(chunk, true));
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length >= 2) yield* linesOf(decode(head, true));
  }
  yield* linesOf(decode(decoder ? new Uint8Array() : head, false));
  if (begun !== '' || isTooLong) yield* linesOf('\n');
}
