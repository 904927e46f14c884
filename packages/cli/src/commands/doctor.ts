import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import type { Machine } from '../machine/machine.js';
import type { Processor } from '../machine/processor.js';
import type { DeviceTrial } from '../machine/trial.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('doctor')
    .description('Say what this machine has, and what each device would give.')
    .option('--json', 'the same as JSON on stdout')
    .addHelpText(
      'after',
      `
Each device multiplies two matrices. Nothing is fetched, and passwords and tokens are not told: the output may stand in a
report of a fault. The exit code is 1 where not even the CPU works.

Examples:
  $ audiozoo doctor
  $ audiozoo doctor --json`,
    ),
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => examine(flags, createSession(called, signal)));

async function examine(flags: Flags, session: Session): Promise<void> {
  const { readMachine } = await import('../machine/machine.js');
  const machine = await readMachine(session.signal);
  if (flags.json) session.printJson(machine);
  else session.print(describe(machine).join('\n'));
  if (!machine.devices.some(({ works }) => works)) process.exitCode = 1;
}

/** A line for each thing, with what to do about it below. */
function describe(machine: Machine): readonly string[] {
  const { audiozoo, runtime, system, processor, memory, devices, ffmpeg, cache, network } = machine;
  const line = (name: string, text: string) => `${name.padEnd(11)}${text}`;
  return [
    line('audiozoo', audiozoo),
    line('runtime', `${runtime.name} ${runtime.version}`),
    line(
      'system',
      `${system.platform} ${system.arch} ${system.release}${system.glibc ? `, glibc ${system.glibc}` : ''}`,
    ),
    line('processor', `${processor.model}, ${processor.cores} cores; ${formatFeatures(processor)}`),
    line(
      'memory',
      `${gigabytes(memory.total)}, ${gigabytes(memory.free)} free${memory.limit ? `, at most ${gigabytes(memory.limit)} for this process` : ''}`,
    ),
    ...devices.flatMap((trial) =>
      formatTrial(trial).map((text, index) => line(index === 0 ? trial.name : '', text)),
    ),
    line(
      'ffmpeg',
      ffmpeg ??
        'not on the PATH: WAV, MP3, FLAC, Ogg, Opus and WebM are decoded without; AAC and the like need it.',
    ),
    line(
      'models',
      `${cache.folder}${cache.exists ? '' : ', which is made when it is needed'}${cache.free === undefined ? '' : `; ${gigabytes(cache.free)} free`}`,
    ),
    line('network', networkWords(network).join('; ')),
  ];
}

function formatFeatures({ features }: Processor): string {
  if (features === undefined) return 'the system does not tell its instructions';
  return features.join(', ') || 'none of the instructions that kernels gain from';
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

function formatTrial(trial: DeviceTrial): readonly string[] {
  if (trial.works) return [`works: ${trial.device}, ${Math.round(trial.gigaflops)} GFLOP/s in float32`];
  return [`does not work: ${trial.why}`, ...(trial.hint === undefined ? [] : [trial.hint])];
}

function networkWords({ proxies, hub, hasToken, isOffline }: Machine['network']): readonly string[] {
  const named = Object.entries(proxies).map(([name, value]) => `${name}=${value}`);
  return [
    named.join(' ') || 'no proxy',
    ...(hub === undefined ? [] : [`HF_ENDPOINT=${hub}`]),
    ...(hasToken ? ['a token of Hugging Face is set'] : []),
    ...(isOffline ? ['nothing is fetched, as HF_HUB_OFFLINE says'] : []),
  ];
}
