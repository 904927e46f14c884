import type { ForeignCheckpoint, TensorInfos } from '@audiozoo/core';
import { audiosetStrongLabels } from '@audiozoo/core/labels';
import { storedParameters } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import { describe, expect, test } from 'vitest';

const { foreignCheckpoint: load } = efficientat;
const { recognize, plan } = await (load as () => Promise<ForeignCheckpoint>)();

/** Names and shapes of a checkpoint of the authors; frame_mn's network lies below `prefix`. */
function checkpoint(config: Parameters<typeof efficientat.readConfig>[0], prefix = ''): TensorInfos {
  const stored = storedParameters(efficientat.parameters(efficientat.readConfig(config, {})));
  return new Map(
    stored.map(({ name, shape }) => [
      name.startsWith('features.') ? `${prefix}${name}` : name,
      { dtype: 'float32' as const, shape },
    ]),
  );
}

const mn10 = checkpoint({});
const frames = { variant: 'frame_mn', width_multiplier: 0.6 };

describe('an mn', () => {
  test.each([0.1, 0.2, 0.4, 0.5, 0.75, 1, 2, 3, 4])('of width %d is told by its shapes', (width) => {
    const tensors = checkpoint({ width_multiplier: width, num_labels: 10 });
    expect(recognize(tensors)).toMatchObject({
      model: 'efficientat',
      variant: 'mn',
      head: 'mlp',
      classes: 10,
      width,
    });
    const { config, tensors: sources } = plan(tensors, {});
    expect(config).toMatchObject({ head_type: 'mlp', strides: [2, 2, 2, 2], n_mels: 128 });
    expect(sources.map(({ from }) => from)).toEqual([...tensors.keys()]);
  });

  test('with a fully convolutional head is told by it', () => {
    const tensors = checkpoint({ head_type: 'fully_convolutional', num_labels: 50 });
    expect(recognize(tensors)).toMatchObject({ head: 'fully_convolutional', width: 1, classes: 50 });
    expect(plan(tensors, {}).assumptions).toContain('Labels: the 50 of ESC-50.');
  });

  test.each([
    ['mn10_as_mAP_471.pt', { hop: 320, bands: 128, strides: [2, 2, 2, 2] }],
    ['mn10_as_hop_15_mAP_463.pt', { hop: 480, bands: 128, strides: [2, 2, 2, 2] }],
    ['folder/mn10_as_mels_64_mAP_461.pt', { hop: 320, bands: 64, strides: [2, 2, 2, 2] }],
    ['mn10_as_fc_s2211_mAP_466.pt', { hop: 320, bands: 128, strides: [2, 2, 1, 1] }],
    ['mine_hop_15.pt', { hop: 320, bands: 128, strides: [2, 2, 2, 2] }],
  ])('is what the name %s says of it', (name, { hop, bands, strides }) => {
    const { config, preprocessorConfig } = plan(mn10, {}, name);
    expect(config).toMatchObject({ n_mels: bands, strides });
    expect(preprocessorConfig).toMatchObject({ hop_length: hop, feature_size: bands });
  });

  test('is what a person says, whatever its name', () => {
    const settings = { hopLength: 640, melBins: 40, strides: '2,2,2,1' };
    const { config, preprocessorConfig, assumptions } = plan(mn10, { settings }, 'mn10_as_hop_15.pt');
    expect(config).toMatchObject({ n_mels: 40, strides: [2, 2, 2, 1] });
    expect(preprocessorConfig).toMatchObject({ hop_length: 640 });
    expect(assumptions.join()).not.toMatch(/hopLength|melBins|strides/);
  });

  test('says what was taken as usual', () => {
    expect(plan(mn10, {}).assumptions).toEqual(
      expect.arrayContaining([
        'hopLength 320, as usual: the file does not tell.',
        'melBins 128, as usual: the file does not tell.',
        'strides 2,2,2,2, as usual: the file does not tell.',
      ]),
    );
  });

  test.each([
    [{ strides: '2,2,2' }, 'strides does not fit'],
    [{ strides: '2,2,2,0' }, 'strides does not fit'],
    [{ melBins: 5000 }, 'melBins does not fit'],
  ])('is refused with %j', (settings, message) => {
    expect(() => plan(mn10, { settings })).toThrow(message);
  });

  test.each([
    ['mn10_as_hop_0.pt', 'hopLength does not fit'],
    ['mn10_as_mels_9999.pt', 'melBins does not fit'],
    ['mn10_as_fc_s9999.pt', 'strides does not fit'],
  ])('is refused when its name, %s, says what cannot be', (name, message) => {
    expect(() => plan(mn10, {}, name)).toThrow(message);
  });

  test('of shapes that no width gives is refused with their names', () => {
    const broken = new Map(mn10).set('features.3.block.1.0.weight', {
      dtype: 'float32',
      shape: [70, 1, 3, 3],
    });
    broken.delete('features.16.1.running_var');
    expect(() => plan(broken, {})).toThrow(/features\.16\.1\.running_var[\s\S]*features\.3\.block\.1\.0/);
  });
});

describe('a frame_mn', () => {
  test.each(['model.frame_mn.', 'model.fmn.'])('is known below %s', (prefix) => {
    const tensors = checkpoint(frames, prefix);
    expect(recognize(tensors)).toMatchObject({ variant: 'frame_mn', classes: 447, width: 0.6 });
    const { config } = plan(tensors, {});
    expect(efficientat.readConfig(config, {})).toMatchObject({
      variant: 'frame_mn',
      weakHead: true,
      labels: audiosetStrongLabels,
    });
  });

  test('may lack the head for clips, which is said', () => {
    const tensors = checkpoint({ ...frames, weak_head: false }, 'model.fmn.');
    const { config, assumptions } = plan(tensors, {});
    expect(config).toMatchObject({ weak_head: false });
    expect(assumptions.join()).toContain('no head for clips');
  });

  test('with a sequence model is refused by its name', () => {
    const tensors = new Map(checkpoint(frames, 'model.fmn.'));
    tensors.set('seq_model.gru.weight_ih_l0', { dtype: 'float32', shape: [6, 2] });
    expect(() => plan(tensors, {})).toThrow('seq_model');
  });

  test('takes no strides', () => {
    const settings = { strides: '2,2,2,2' };
    expect(() => plan(checkpoint(frames, 'model.fmn.'), { settings })).toThrow('strides does not fit');
  });
});
