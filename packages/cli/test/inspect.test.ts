import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audiozoo, digits, fixture, temporaryFolder } from './audiozoo.js';

const zip = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.pth');
const legacy = fixture('ast/test/fixtures/ast/stride_16_16_legacy.pth');

interface Inspection {
  readonly format: string;
  readonly tensors: readonly { name: string; dtype: string; shape: readonly number[] }[];
  readonly recognized: Record<string, unknown> | null;
}

async function inspect(path: string): Promise<Inspection> {
  const { exitCode, stdout } = await audiozoo(['inspect', path, '--json']);
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Inspection;
}

describe('audiozoo inspect', () => {
  test.each([
    ['pytorch-zip', zip, 'module.v.cls_token'],
    ['pytorch-legacy', legacy, 'module.v.cls_token'],
    ['safetensors', join(digits, 'model.safetensors'), 'audio_spectrogram_transformer.embeddings.cls_token'],
    ['model-directory', digits, 'audio_spectrogram_transformer.embeddings.cls_token'],
  ])('lists the tensors of the format %s', async (format, path, name) => {
    const inspection = await inspect(path);
    expect(inspection.format).toBe(format);
    const dtype = path.startsWith(digits) ? 'float16' : 'float32';
    expect(inspection.tensors).toContainEqual({ name, dtype, shape: [1, 1, 128] });
  });

  test('says what it recognizes, and null when it is nothing known', async () => {
    const model = 'audio-spectrogram-transformer';
    expect((await inspect(zip)).recognized).toMatchObject({ model, tokens: 66, classes: 12, depth: 4 });
    expect((await inspect(digits)).recognized).toMatchObject({ model });

    const other = join(temporaryFolder(), 'other.safetensors');
    const header = Buffer.from('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
    const length = Buffer.alloc(8);
    length.writeUInt32LE(header.length);
    writeFileSync(other, Buffer.concat([length, header, Buffer.alloc(4)]));
    expect(await inspect(other)).toEqual({
      format: 'safetensors',
      tensors: [{ name: 'w', dtype: 'float32', shape: [1] }],
      recognized: null,
    });
  });

  test('shows a table to people, and no control characters out of a file', async () => {
    const { exitCode, stdout } = await audiozoo(['inspect', zip]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/pytorch-zip, 59 tensors, 836,748 parameters/);
    expect(stdout).toMatch(/float32 +\[1, 1, 128\] +module\.v\.cls_token/);

    const hostile = join(temporaryFolder(), 'hostile.safetensors');
    const header = Buffer.from('{"\\u001b[31mred":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}');
    const length = Buffer.alloc(8);
    length.writeUInt32LE(header.length);
    writeFileSync(hostile, Buffer.concat([length, header]));
    const shown = await audiozoo(['inspect', hostile]);
    expect(shown.stdout).toContain('[31mred');
    expect(shown.stdout).not.toContain('\u001b');
  });

  test('reads every byte and verifies checksums', async () => {
    const damaged = join(temporaryFolder(), 'damaged.pth');
    const bytes = readFileSync(zip);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(damaged, bytes);
    const { exitCode, stdout, stderr } = await audiozoo(['inspect', damaged, '--json']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*checksum/);
  });
});
