/** Reads a stream of text line by line. */
export function readLines(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let rest = "";
  let done = false;

  async function next(): Promise<string | null> {
    while (lines.length === 0 && !done) {
      const chunk = await reader.read();
      done = chunk.done;
      const parts = (rest + decoder.decode(chunk.value, { stream: !done })).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
    return lines.shift() ?? null;
  }

  return {
    /** Skips to a line and gives the one that comes `after` it. */
    async until(wanted: string, after = 0): Promise<string> {
      for (let line = await next(); line !== null; line = await next()) {
        if (line !== wanted) continue;
        for (let i = 0; i < after; i++) line = await next();
        return line ?? "";
      }
      throw new Error(`the stream ended before ${wanted}`);
    },
    /** True once the stream has ended by itself. */
    async ended(): Promise<boolean> {
      while ((await next()) !== null);
      return done;
    },
    cancel: () => reader.cancel(),
  };
}
