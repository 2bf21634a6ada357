import { findCards } from "./redact-cards.ts";
import { findCodes } from "./redact-codes.ts";
import { type Edit, settle } from "./redact-edit.ts";
import type { KeyKind } from "./redact-keys.ts";
import { mayHoldCardData } from "./redact-prescan.ts";
import { plainSpelling } from "./redact-spelling.ts";
import { findTracks } from "./redact-track.ts";

/**
 * What has to go from a text, as it stands and in every plainer spelling of it (two layers of encoding at most).
 * `kind` is what the name of its field says.
 */
export function findInText(text: string, kind: KeyKind): readonly Edit[] {
  if (!mayHoldCardData(text)) return [];
  const edits = [...findInSpelling(text, kind)];
  let offset = (index: number) => index;
  let spelled = text;
  for (let layer = 0; layer < LAYERS; layer++) {
    const plain = plainSpelling(spelled);
    if (plain === null) break;
    const outer = offset;
    offset = (index) => outer(plain.offset(index));
    spelled = plain.text;
    for (const edit of findInSpelling(spelled, kind)) {
      edits.push({ start: offset(edit.start), end: offset(edit.end), text: edit.text });
    }
  }
  return settle(edits);
}

const LAYERS = 2;

function findInSpelling(text: string, kind: KeyKind): readonly Edit[] {
  const cards = findCards(text, kind);
  const codes = findCodes(
    text,
    cards.map((card) => card.end),
  );
  return [...cards, ...findTracks(text), ...codes];
}
