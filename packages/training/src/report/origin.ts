/** What a model was begun from, for whoever gets its card: an address without who fetched it and with which key. */
export function origin(from: string): string {
  const address = URL.canParse(from) ? new URL(from) : undefined;
  return address?.host ? `${address.protocol}//${address.host}${address.pathname}` : from;
}
