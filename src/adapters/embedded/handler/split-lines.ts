/** Cuts a byte stream into lines. What a line has beyond `maxBytes` is dropped, so that no sender costs memory. */
export function splitLines(
  maxBytes: number,
  onLine: (line: string) => void,
): { push(chunk: Uint8Array): void; end(): void } {
  let held: Uint8Array[] = [];
  let size = 0;
  const hold = (part: Uint8Array): void => {
    const kept = part.subarray(0, Math.min(part.length, maxBytes - size));
    if (kept.length === 0) return;
    held.push(kept);
    size += kept.length;
  };
  const emit = (): void => {
    const line = Buffer.concat(held).toString("utf8");
    held = [];
    size = 0;
    onLine(line);
  };
  return {
    push(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
        hold(chunk.subarray(from, end));
        emit();
        from = end + 1;
      }
      hold(chunk.subarray(from));
    },
    end() {
      if (size > 0) emit();
    },
  };
}
