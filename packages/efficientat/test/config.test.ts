import { efficientat, readConfig, writeConfig } from '@audiozoo/efficientat';
import { describe, expect, test } from 'vitest';

describe('the config of an EfficientAT', () => {
  test.each([
    { variant: 'mn', width_multiplier: 0.4, strides: [2, 2, 1, 1], n_mels: 64 },
    { variant: 'mn', head_type: 'fully_convolutional', num_labels: 50 },
    { variant: 'frame_mn', weak_head: false },
  ])('comes back as it was written: %j', (given) => {
    const read = readConfig(given, { hop_length: 400, feature_size: given.n_mels ?? 128 });
    const { config, preprocessorConfig } = writeConfig(read);
    expect(config.model_type).toBe(efficientat.type);
    expect(readConfig(config, preprocessorConfig)).toEqual(read);
  });

  test.each([
    [{ variant: 'dymn' }, 'variant in config.json'],
    [{ width_multiplier: 1000 }, 'width_multiplier in config.json'],
    [{ strides: [2, 2, 2] }, 'strides in config.json'],
    [{ strides: [2, 2, 2, 0.5] }, 'strides in config.json'],
    [{ variant: 'frame_mn', n_mels: 256 }, 'n_mels in config.json'],
    [{ n_mels: 64 }, 'feature_size in preprocessor_config.json'],
  ])('is refused with %j', (config, message) => {
    expect(() => readConfig(config, { feature_size: 128 })).toThrow(message);
  });
});
