// Which runtime on which device, how fast that was here, and how fast the others were that have been tried.

import { formatMeasured, type Measurement } from './measurement.js';
import type { Device, Runtime, RuntimeChoice } from './runtime-choice.js';

export interface DevicePicker {
  readonly choice: RuntimeChoice;
  /** Goes back to a choice, after another did not work. */
  select(choice: RuntimeChoice): void;
  /** Says what the model runs on; `measurement` is undefined while it is being measured. */
  show(device: string, measurement: Measurement | undefined): void;
  /** Forgets the measurements, which were another model's. */
  forget(): void;
}

export interface DevicePickerElements {
  readonly form: HTMLFormElement;
  readonly measured: HTMLElement;
  readonly realTime: HTMLElement;
  readonly device: HTMLElement;
  readonly table: HTMLTableElement;
}

const runtimeNames: Record<Runtime, string> = {
  auto: 'Fastest',
  onnxruntime: 'onnxruntime',
  kernels: 'audiozoo',
  tfjs: 'TensorFlow.js',
};

export function createDevicePicker(
  { form, measured, realTime, device: deviceText, table }: DevicePickerElements,
  onChange: (choice: RuntimeChoice) => void,
): DevicePicker {
  const measurements = new Map<string, { runtime: string; device: string; milliseconds: number }>();
  const read = (): RuntimeChoice => {
    const data = new FormData(form);
    return { runtime: data.get('runtime') as Runtime, device: data.get('device') as Device };
  };
  form.addEventListener('change', () => onChange(read()));

  function drawTable(): void {
    // One alone stands in large letters already.
    table.hidden = measurements.size < 2;
    const fastestFirst = [...measurements.values()].sort((a, b) => a.milliseconds - b.milliseconds);
    table.tBodies[0]!.replaceChildren(
      ...fastestFirst.map(({ runtime, device, milliseconds }) => {
        const row = document.createElement('tr');
        for (const text of [runtime, device, formatMeasured(milliseconds)])
          row.insertCell().textContent = text;
        return row;
      }),
    );
  }

  return {
    get choice() {
      return read();
    },
    select({ runtime, device }) {
      const values = { runtime, device };
      for (const [name, value] of Object.entries(values)) {
        (form.elements.namedItem(name) as RadioNodeList).value = value;
      }
    },
    show(device, measurement) {
      const { runtime } = read();
      deviceText.textContent = device;
      measured.textContent = measurement ? formatMeasured(measurement.milliseconds) : '…';
      realTime.textContent = measurement
        ? `${formatMeasured(measurement.realTimeFactor)}× real time: ${formatMeasured(measurement.window)} s of sound a run`
        : 'Measuring…';
      if (!measurement) return;
      // `wasm (onnxruntime-web 1.30.0, 2 threads; …)`: which device, and what tells two of them apart.
      const threads = /\d+ threads?/.exec(device)?.[0];
      const name = `${/^[^\s(]+/.exec(device)?.[0] ?? device}${threads ? `, ${threads}` : ''}`;
      measurements.set(`${runtime} ${name}`, {
        runtime: runtimeNames[runtime],
        device: name,
        milliseconds: measurement.milliseconds,
      });
      drawTable();
    },
    forget() {
      measurements.clear();
      drawTable();
    },
  };
}
