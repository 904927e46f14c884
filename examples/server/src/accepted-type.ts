import type { FastifyRequest } from 'fastify';

/** Whether a client names this type in Accept, and JSON no sooner. */
export function prefers({ headers }: FastifyRequest, type: string): boolean {
  const ranges = (headers.accept ?? '').split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return { name, quality: Number(quality) };
  });
  const qualityOf = (wanted: string) => ranges.find(({ name }) => name === wanted)?.quality ?? 0;
  const [wanted, json] = [qualityOf(type), qualityOf('application/json')];
  return wanted > 0 && wanted >= json;
}
