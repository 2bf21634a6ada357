import { applyEdits } from "./redact-edit.ts";
import { findInJson } from "./redact-json.ts";
import { mayHoldCardData } from "./redact-prescan.ts";
import { findInText } from "./redact-text.ts";

export interface Redacted {
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
  const edits = findInJson(text);
  if (edits.length === 0) return { payload: body, redacted: false };
  return { payload: encoder.encode(applyEdits(text, edits)), redacted: true };
}

/** The same for any text that is not a body: an error message, a header's value, the detail of an alert. */
export function redactText(text: string): string {
  const edits = findInText(text, "plain");
  return edits.length === 0 ? text : applyEdits(text, edits);
}

const encoder = new TextEncoder();
