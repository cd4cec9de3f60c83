import { createInterface } from 'node:readline/promises';

/** Asks at the terminal; `undefined` where nobody sits at one. */
export function askAtTerminal(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): ((question: string, signal: AbortSignal) => Promise<string>) | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  return async (question, signal) => {
    const lines = createInterface({ input, output });
    try {
      return await lines.question(question, { signal });
    } finally {
      lines.close();
    }
  };
}
