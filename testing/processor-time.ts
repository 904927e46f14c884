/**
 * Milliseconds of the processor that this process has used. How long something takes is told by it whatever else the
 * machine does meanwhile, which a clock cannot.
 */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
