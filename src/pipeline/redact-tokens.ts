/** What a JSON text consists of, told in its order. A string's range includes its quotes. */
interface TokenVisitor {
  open(type: "object" | "array"): void;
  close(): void;
  name(start: number, end: number): void;
  string(start: number, end: number): void;
  number(start: number, end: number): void;
}

/** Reads a valid JSON text of any depth, without recursion. */
export function readTokens(source: string, visitor: TokenVisitor): void {
  const objects: boolean[] = [];
  let nameNext = false;
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code === 0x22) {
      const end = endOfString(source, i);
      if (nameNext) visitor.name(i, end);
      else visitor.string(i, end);
      nameNext = false;
      i = end - 1;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = endOfNumber(source, i);
      visitor.number(i, end);
      i = end - 1;
    } else if (code === 0x7b || code === 0x5b) {
      nameNext = code === 0x7b;
      objects.push(nameNext);
      visitor.open(nameNext ? "object" : "array");
    } else if (code === 0x7d || code === 0x5d) {
      objects.pop();
      nameNext = false;
      visitor.close();
    } else if (code === 0x2c) {
      nameNext = objects.at(-1) === true;
    }
  }
}

function endOfString(source: string, start: number): number {
  let end = start + 1;
  while (end < source.length && source.charCodeAt(end) !== 0x22) end += source.charCodeAt(end) === 0x5c ? 2 : 1;
  return end + 1;
}

function endOfNumber(source: string, start: number): number {
  let end = start + 1;
  while (isNumberChar(source.charCodeAt(end))) end++;
  return end;
}

/** Digits, sign, point and exponent. */
function isNumberChar(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e || (code | 0x20) === 0x65;
}
