import { cardLikeness } from "../domain/card-number.ts";
import { type Edit, REMOVED } from "./redact-edit.ts";

/**
 * Magnetic stripe data in a text of plain ASCII spelling (ISO/IEC 7813): track 1 (`%B…^NAME^…?`), track 2 (`;…=…?`)
 * and track 2 as a chip gives it (tag 57, `…D…`), there together with the rest of the hexadecimal data. Nothing stays.
 */
export function findTracks(text: string): readonly Edit[] {
  return [
    ...Array.from(text.matchAll(TRACK_1), (match) => removal(match.index, match[0].length)),
    ...Array.from(text.matchAll(TRACK_2))
      .filter(([whole, pan = ""]) => (whole.startsWith(";") && whole.endsWith("?")) || isCard(pan))
      .map((match) => removal(match.index, match[0].length)),
    ...findChipTracks(text),
  ];
}

// Every repetition is bounded, so that no text takes more than a fixed number of steps per character.
const TRACK_1 = /%?B ?\d[\d ]{11,22}\^[^^?\r\n]{1,45}\^(?:[^?\r\n]{0,120}\?|[\dA-Z]{0,80})/gi;
const TRACK_2 = /(?<!\d);?(\d{12,19})=[\d=]{4,60}\??/g;
const CHIP_TRACK = /(?:57(?:0[6-9a-f]|1[0-3])|(?<![\da-f]))(\d{12,19})d\d{7}[\da-f]*\??/gi;

function findChipTracks(text: string): Edit[] {
  const edits: Edit[] = [];
  for (const match of text.matchAll(CHIP_TRACK)) {
    if (!isCard(match[1] ?? "")) continue;
    let start = match.index;
    const floor = edits.at(-1)?.end ?? 0;
    while (start > floor && /[\da-f]/i.test(text[start - 1] ?? "")) start--;
    edits.push(removal(start, match.index + match[0].length - start));
  }
  return edits;
}

function isCard(digits: string): boolean {
  return cardLikeness(digits) !== "no";
}

function removal(start: number, length: number): Edit {
  return { start, end: start + length, text: REMOVED };
}
