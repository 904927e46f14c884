// JSON as Python's json module writes it, with NaN and Infinity, which the standard does not know. They come as the
// numbers that they are: what reads a value refuses those that it cannot use.

const strange = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b(?!\s*:)/gs;
/** Stands for NaN until the reviver sees it. No file of Python's holds such a text. */
const notANumber = '\u0000NaN';

/** Text → value. Throws as `JSON.parse` does. */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    let found = false;
    const standard = text.replace(strange, (token) => {
      if (token.startsWith('"')) return token;
      found = true;
      if (token === 'NaN') return JSON.stringify(notANumber);
      return token === 'Infinity' ? '1e999' : '-1e999';
    });
    if (!found) throw error;
    return JSON.parse(standard, (_, value: unknown) => (value === notANumber ? Number.NaN : value));
  }
}
