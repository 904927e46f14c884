export interface CodeFence {
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced code blocks of a Markdown text in one language. */
export function codeFences(markdown: string, language: string): CodeFence[] {
  const fences: CodeFence[] = [];
  const lines = markdown.split('\n');
  for (let index = 0; index < lines.length; index++) {
    if (!lines[index]!.startsWith('```')) continue;
    const line = index + 1;
    const end = lines.indexOf('```', line);
    if (lines[index] === `\`\`\`${language}`) {
      fences.push({ code: `${lines.slice(line, end).join('\n')}\n`, line });
    }
    index = end;
  }
  return fences;
}
