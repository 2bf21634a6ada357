import { applyEdits, type Edit } from "./redact-edit.ts";
import { findInJson } from "./redact-json.ts";
import { mayHoldCardData } from "./redact-prescan.ts";
import { findInText } from "./redact-text.ts";

interface Redacted {
  readonly payload: Uint8Array;
  readonly redacted: boolean;
}

/**
 * Takes card data out of a body before it is kept: card numbers keep their first six and last four digits, security
 * codes, PINs and magnetic stripe data go. `text` is the body decoded, valid JSON; what is not redacted keeps its bytes,
 * and without anything to redact the payload is `body` itself. Doing it again changes nothing. `docs/redaction.md`
 * says what is recognised and what is not.
 */
export function redact(body: Uint8Array, text: string): Redacted {
  if (!mayHoldCardData(text)) return { payload: body, redacted: false };
  const result = settled(text, findInJson);
  return result === text ? { payload: body, redacted: false } : { payload: encoder.encode(result), redacted: true };
}

/** The same for any text that is not a body: an error message, a header's value, the detail of an alert. */
export function redactText(text: string): string {
  return settled(text, (current) => findInText(current, "plain"));
}

const encoder = new TextEncoder();

/** What was next to something that went can be read in another way afterwards, so it is looked at again. */
function settled(text: string, find: (current: string) => readonly Edit[]): string {
  let current = text;
  for (let round = 0; round < ROUNDS; round++) {
    const edits = find(current);
    if (edits.length === 0) break;
    current = applyEdits(current, edits);
  }
  return current;
}

const ROUNDS = 6;
