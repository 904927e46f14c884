// From texts to the inputs of the tower of words.

import {
  AudiozooError,
  type FileStore,
  type JsonObject,
  type TextTower,
  type Tokens,
  tensor,
} from '@audiozoo/core';
import { readJson } from '@audiozoo/core/plugin';
import { readTextConfig } from './text-config.js';
import { textModel, tokenCounts } from './text-model.js';

/** As LAION's evaluation puts labels. */
const template = 'This is a sound of {}.';

export const textTower: TextTower = {
  model: textModel,
  template,
  files: ['tokenizer.json', 'tokenizer_config.json'],
  tokenizer,
};

async function tokenizer(files: FileStore): Promise<(texts: readonly string[]) => Tokens> {
  const [config, json, settings] = [
    await required(files, 'config.json'),
    await required(files, 'tokenizer.json'),
    (await readJson(files, 'tokenizer_config.json')) ?? {},
  ];
  const { tokens: most, padding, words } = readTextConfig(config);
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const encode = readTokenizer(() => new Tokenizer(json, settings), words);

  return (texts) => {
    const whole = texts.map((text) => encode(text));
    // What is cut keeps its last token, </s>.
    const rows = whole.map((ids) => (ids.length > most ? [...ids.slice(0, most - 1), ids.at(-1)!] : ids));
    const longest = rows.reduce((length, ids) => Math.max(length, ids.length), 1);
    const tokens = tokenCounts.find((count) => count >= longest && count < most) ?? most;
    const table = (value: (ids: readonly number[], place: number) => number) =>
      tensor(
        'int64',
        [rows.length, tokens],
        BigInt64Array.from({ length: rows.length * tokens }, (_, index) =>
          BigInt(value(rows[Math.floor(index / tokens)]!, index % tokens)),
        ),
      );
    return {
      inputs: {
        input_ids: table((ids, place) => ids[place] ?? padding),
        attention_mask: table((ids, place) => (place < ids.length ? 1 : 0)),
      },
      size: { tokens },
      cut: whole.flatMap((ids, index) => (ids.length > most ? [index] : [])),
    };
  };
}

/** The library checks no file: what it throws at, and what is no word of the model, is the file's fault. */
function readTokenizer(create: () => { encode(text: string): { ids: ArrayLike<unknown> } }, words: number) {
  const tokenizer = usable(create);
  const encode = (text: string): number[] => {
    const ids = Array.from(usable(() => tokenizer.encode(text)).ids, Number);
    const strange = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= words);
    if (strange === undefined) return ids;
    throw unusable(`the token ${strange} of ${words}`);
  };
  encode('a');
  return encode;
}

function usable<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unusable(got: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: 'tokenizer.json cannot be used',
    expected: 'a tokenizer of Hugging Face, for this model',
    got,
    hint: 'Take the one that was published with the model.',
    cause,
  });
}

async function required(files: FileStore, name: string): Promise<JsonObject> {
  const json = await readJson(files, name);
  if (json) return json;
  throw new AudiozooError({
    code: 'file',
    what: `${name} is missing in ${files.name}`,
    expected: 'the tokenizer of the model, to read words',
    hint: 'Take the whole directory of the model.',
    details: { missing: 'tokenizer' },
  });
}
