import { describe, expect, test } from 'vitest';
import { audiozoo, digitClip, digits } from './audiozoo.js';

const clip = digitClip('7_seven'); // 0.9 seconds; the model hears 1.28
const best = async (...flags: string[]) => {
  const args = ['classify', clip, '--model', digits, '--json', '--top-k', '1', ...flags];
  const { exitCode, stdout, stderr } = await audiozoo(args);
  return {
    exitCode,
    stderr,
    entry: JSON.parse(stdout)[0] as { labels?: { label: string; score: number }[] },
  };
};

describe('audiozoo classify --size', () => {
  test('hears other lengths than the model was trained with', async () => {
    const [own, shorter, auto] = await Promise.all([
      best(),
      best('--size', 'frames=96'),
      best('--auto-length'),
    ]);
    for (const { entry } of [own, shorter, auto]) expect(entry.labels![0]!.label).toBe('seven');
    expect(shorter.entry).not.toEqual(own.entry);
    expect(auto.entry).toEqual(own.entry); // half the window is too short for this clip
  });

  test('takes a size by a flag of its own', async () => {
    const [size, flag, automatic, auto] = await Promise.all([
      best('--size', 'frames=96'),
      best('--frames', '96'),
      best('--auto-length'),
      best('--frames', 'auto'),
    ]);
    expect(flag.entry).toEqual(size.entry);
    expect(auto.entry).toEqual(automatic.entry);
    const args = ['classify', clip, '--model', digits, '--mel-bins', 'many'];
    expect(await audiozoo(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Expected') });
  });

  test('refuses a length that the file does not fit in', async () => {
    const { exitCode, stderr } = await best('--size', 'frames=64');
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the sound is longer than the model's window");
  });

  test('refuses a size that the model does not have, or that is none', async () => {
    const refusal = async (size: string) => {
      const { exitCode, stderr } = await audiozoo(['classify', clip, '--model', digits, '--size', size]);
      expect(exitCode).toBe(1);
      return stderr;
    };
    expect(await refusal('frame=96')).toContain('Did you mean `frames`?');
    expect(await refusal('frames=long')).toContain('a whole number from 1, got "long"');
    expect(await refusal('frames=4')).toContain('at least 16: one patch, got 4');
  });

  test('refuses what is no size', async () => {
    const { exitCode, stderr } = await audiozoo(['classify', clip, '--model', digits, '--size', 'long']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Expected name=value');
  });
});
