import { at, type JsonValue, withNumbersAsText } from "../domain/json.ts";
import { parseMinor } from "../domain/money.ts";
import type { NormalisedEvent } from "../domain/payment-event.ts";

/** `absent`: the provider does not say. `invalid`: something is there that is not a whole number. */
export type MinorRead = bigint | "absent" | "invalid";

/** The whole number at a path of a body, exact however long it is. `text` is the source of `body`. */
export function minorAt(body: JsonValue, text: string, ...path: readonly (string | number)[]): MinorRead {
  const value = at(body, ...path);
  if (value === undefined || value === null) return "absent";
  // Past 2^53 the parsed number has lost digits, so it is read again from the text; that is too rare to do always.
  const exact =
    typeof value === "number" && !Number.isSafeInteger(value) ? at(withNumbersAsText(text), ...path) : value;
  return parseMinor(exact) ?? "invalid";
}

/** What a normalised event says of an amount. One that cannot be true is quarantined, never corrected. */
export function amountFields(read: MinorRead): Pick<NormalisedEvent, "amountMinor" | "quarantine"> {
  if (read === "absent") return { amountMinor: null };
  if (read === "invalid") return { amountMinor: null, quarantine: "invalid_amount" };
  return read < 0n ? { amountMinor: `${read}`, quarantine: "negative_amount" } : { amountMinor: `${read}` };
}
