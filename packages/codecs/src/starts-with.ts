/** Whether bytes begin with a text of ASCII characters. */
export function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[index] !== text.charCodeAt(index)) return false;
  return true;
}

/** Whether bytes begin with what players and shops put behind the sound. */
export function isTag(bytes: Uint8Array): boolean {
  return ['TAG', 'APETAGEX', 'ID3', 'LYRICSBEGIN'].some((tag) => startsWith(bytes, tag));
}
