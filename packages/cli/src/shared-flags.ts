// Flags that several commands have.

import { type Command, Option } from 'commander';
import { channel, collect, decimal, wholeNumber } from './flag-value.js';

/** Flags of commands that take a checkpoint as it is. */
export function addCheckpointFlags(command: Command): void {
  command
    .option('--config <path>', "config.json of weights saved without it; the preprocessor's lies beside it")
    .option('--strict', 'refuse tensors that the model does not use, instead of leaving them out');
}

/** Flags of commands that convert checkpoints. */
export function addConversionFlags(command: Command): void {
  command
    .option('--key <name>', 'which weights, where a checkpoint holds several: model, ema_state_dict, net.ast')
    .option('--fstride <n>', 'stride of the patches along frequency', wholeNumber(1))
    .option('--tstride <n>', 'stride of the patches along time', wholeNumber(1))
    .option('--frames <n>', "the input's length in frames of 10 ms", wholeNumber(1))
    .option('--mel-bins <n>', 'mel bins of the input', wholeNumber(1))
    .option('--heads <n>', 'attention heads; a checkpoint does not say', wholeNumber(1))
    .option('--labels <file.csv>', 'index,mid,display_name, or one name per line')
    .option('--mean <x>', 'mean of the features over the training set', decimal())
    .option('--std <x>', 'standard deviation of the features over the training set', decimal({ above: 0 }))
    .addOption(
      new Option('--problem-type <type>', 'how logits become scores').choices([
        'multi_label_classification',
        'single_label_classification',
      ]),
    )
    .addOption(
      new Option('--dtype <dtype>', 'how weights are stored (default: as in the checkpoint)').choices([
        'float32',
        'float16',
        'bfloat16',
      ]),
    );
}

/** Flags of commands that hear a part of a sound. */
export function addPartFlags(command: Command): void {
  command
    .option('--start <s>', 'seconds from the beginning to skip', decimal({ atLeast: 0 }))
    .option('--duration <s>', 'seconds to hear (default: to the end)', decimal({ above: 0 }));
}

/** Flags of commands that hear sound window by window. */
export function addWindowFlags(command: Command): void {
  command
    .option('--window <s>', "seconds heard at a time (default: the model's)", decimal({ above: 0 }))
    .option('--hop <s>', 'seconds from one window to the next', decimal({ above: 0 }))
    .option('--batch <n>', 'windows, or whole clips, per run', wholeNumber(1, 4096));
}

/** Flags of commands that read sound. */
export function addHearingFlags(command: Command): void {
  command
    .option('--channel <n|mean>', 'which channel of several, from 0, or their mean (default: 0)', channel)
    .addOption(
      new Option('--resampling <kernel>', "torchaudio's default kernel, or a cleaner and slower one").choices(
        ['default', 'kaiser_best'],
      ),
    )
    .addOption(
      new Option('--decoder <name>', 'of compressed sound: only this one (default: whichever can)').choices([
        'auto',
        'mp3',
        'flac',
        'vorbis',
        'opus',
        'ffmpeg',
      ]),
    );
}

/** Flags of commands that run a model. */
export function addDeviceFlags(command: Command): void {
  command
    .option('--device <name>', "auto, cpu, cuda, cuda:1, webgpu, or the name of a plug-in's backend", 'auto')
    .addOption(new Option('--precision <dtype>', 'of the arithmetic').choices(['float32', 'float16']))
    .option('--threads <n>', 'threads of the CPU', wholeNumber(1, 1024));
}

export function addCommonFlags(command: Command): void {
  command
    .option('--plugin <module>', "a third party's models or backends; may be repeated", collect)
    .option('--quiet', 'only results, warnings and errors')
    .option('--verbose', 'errors with their stack')
    .showHelpAfterError(`(audiozoo ${command.name()} --help shows how to use it)`);
}
