// Dawn, onnxruntime's WebGPU, needs a Vulkan driver, and reads VK_DRIVER_FILES when it starts. Debian's
// chromium package brings one in software that it accepts; of the system's, only those for a GPU that is
// there will do (Mesa installs files for all GPUs, and an old Mesa's software driver is refused).

import { existsSync, readdirSync } from 'node:fs';

const chromiumDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const systemDrivers = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** The Vulkan driver that WebGPU will use, or undefined when there is none. */
export const vulkanDriver = findDriver();

function findDriver(): string | undefined {
  if (process.env.VK_DRIVER_FILES) return process.env.VK_DRIVER_FILES;
  if (existsSync(chromiumDriver)) {
    process.env.VK_DRIVER_FILES = chromiumDriver;
    return chromiumDriver;
  }
  if (!existsSync('/dev/dri')) return undefined;
  return systemDrivers.find((folder) => existsSync(folder) && readdirSync(folder).length > 0);
}
