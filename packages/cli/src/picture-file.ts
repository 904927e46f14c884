import { writeOutput } from './output-file.js';

/** Writes a drawing as what the file's name says: `.svg`, or else PNG. */
export async function writePicture(path: string, svg: string, signal: AbortSignal): Promise<void> {
  if (path.toLowerCase().endsWith('.svg')) return writeOutput(path, Buffer.from(svg), signal);
  const { svgToPng } = await import('@audiozoo/pictures/png');
  await writeOutput(path, svgToPng(svg), signal);
}
