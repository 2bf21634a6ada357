import { type CardLikeness, cardLikeness, maskCardNumber } from "../domain/card-number.ts";
import { type Edit, REMOVED } from "./redact-edit.ts";
import type { KeyKind } from "./redact-keys.ts";

/**
 * The card numbers in a text of plain ASCII spelling, each reduced to its mask. `kind` is what the field's name says:
 * an unbroken number in a field of the provider's own stays. Takes time in proportion to the text.
 */
export function findCards(text: string, kind: KeyKind): readonly Edit[] {
  const edits: Edit[] = [];
  let run: Group[] = [];
  for (const { 0: digits, index: start } of text.matchAll(/\d+/g)) {
    const last = run.at(-1);
    const gap = last === undefined ? "" : text.slice(last.end, start);
    const masked = MASKED.test(gap) && last?.digits.length === 6 && digits.length === 4;
    if (masked) run.pop();
    if (masked || (last !== undefined && !SEPARATED.test(gap))) {
      findInRun(text, run, kind, edits);
      run = [];
    }
    run.push({ digits, start, end: start + digits.length, gap: masked ? "" : gap, masked });
  }
  findInRun(text, run, kind, edits);
  return edits;
}

/** Digits without anything between them, and what lies between them and the group before. */
interface Group {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
  readonly gap: string;
  readonly masked: boolean;
}

/** What people put between the groups of a card number. The loose ones stand between other numbers just as often. */
const SEPARATED = /^(?:[ .\-/\t\r\n]{1,5}|[_,+]| ?[:;|]{1,2} ?)$/;
const LOOSE = /[_,+:;|]/;
/** Those that stand inside identifiers too. */
const MARKS = /[:;|]/;
/** What lies between the digits that `maskCardNumber` keeps: they are not part of another number. */
const MASKED = /^\*{2,9}$/;

function findInRun(text: string, run: readonly Group[], kind: KeyKind, edits: Edit[]): void {
  const all = run.length === 1 ? (run[0] as Group).digits : run.map(({ digits }) => digits).join("");
  let from = 0;
  for (const [first, { digits, start, masked }] of run.entries()) {
    let to = from;
    for (let last = first; last < run.length && !masked; last++) {
      const { end, digits: more } = run[last] as Group;
      to += more.length;
      if (to - from > LONGEST) break;
      if (to - from < SHORTEST || end <= (edits.at(-1)?.end ?? 0)) continue;
      if (!isIssued(text, start, cardLikeness(all, from, to), kind)) continue;
      const groups = run.slice(first, last + 1);
      if (isWrittenLikeACard(groups) && isNotSomethingElse(text, groups, to - from, kind)) {
        note(edits, { start, end, text: maskCardNumber(all.slice(from, to)) });
      }
    }
    from += digits.length;
  }
}

const SHORTEST = 12;
const LONGEST = 19;

/** Which of two overlapping readings is the number cannot be known: nothing of either is kept then. */
function note(edits: Edit[], edit: Edit): void {
  const last = edits.at(-1);
  if (last === undefined || edit.start >= last.end) edits.push(edit);
  else edits[edits.length - 1] = { start: last.start, end: Math.max(last.end, edit.end), text: REMOVED };
}

function isIssued(text: string, start: number, likeness: CardLikeness, kind: KeyKind): boolean {
  if (likeness !== "card_if_labelled") return likeness === "card";
  return kind === "card" || LABEL.test(text.slice(Math.max(0, start - 32), start));
}

/** A card's name directly before its number. */
const LABEL = /(?:card|maestro|\bpan|karte|carte|tarjeta)(?: ?(?:number|num|no|nr))?[\s.:#='"-]{0,4}$/i;

/** One piece, equal pieces, pieces of four and more, or the embossed groups of the large schemes. */
function isWrittenLikeACard(groups: readonly Group[]): boolean {
  if (groups.length === 1) return true;
  const [head, ...tail] = groups as [Group, ...Group[]];
  if (tail.some(({ gap }) => LOOSE.test(gap)))
    return EMBOSSED.test(groups.map(({ digits }) => digits.length).join("-"));
  if (tail.length === 1 && tail[0]?.gap === ".") return false; // a decimal number
  const size = head.digits.length;
  const inner = groups.slice(0, -1);
  if (inner.every(({ digits }) => digits.length >= 4)) return true;
  const equal = inner.every(({ digits }) => digits.length === size) && (tail.at(-1)?.digits.length ?? 0) <= size;
  return equal && tail.every(({ gap }) => gap === tail[0]?.gap);
}

const EMBOSSED = /^4-(?:4-4-[1-4](?:-[1-3])?|6-[45])$/;

function isNotSomethingElse(text: string, groups: readonly Group[], length: number, kind: KeyKind): boolean {
  const start = groups[0]?.start ?? 0;
  const end = groups.at(-1)?.end ?? 0;
  if (!standsAlone(text, start, end) || isPhone(text, start, length, kind)) return false;
  if ((groups.length > 1 || length === 14) && isPartOf(BOLETO, text, start, end)) return false;
  // The other shapes have no unbroken digits as long as a card number.
  if (groups.length > 1) {
    if (kind === "own" && groups.some(({ gap }, i) => i > 0 && MARKS.test(gap))) return false;
    if (isPartOf(UUID, text, start, end) || isPartOf(IBAN, text, start, end, hasIbanCheckDigits)) return false;
    return !isPartOf(IPV6, text, start, end, isIpv6);
  }
  if (text[start - 1] === "." && FRACTION.test(text.slice(Math.max(0, start - 14), start))) return false;
  // Longer texts are no identifier and no address, and looking through all of them for each number would take too long.
  if (kind === "own") return text.length > 255 || /\s/.test(text);
  return !(kind === "link" && text.length <= 2048 && isPathSegment(text, start, end));
}

/** `0.` and the like: what follows are decimals. */
const FRACTION = /(?:^|[^\d.])\d{1,12}\.$/;

/** Letters next to the digits make them part of some identifier, unless they spell out what the number is. */
function standsAlone(text: string, start: number, end: number): boolean {
  if (/[A-Za-z_]/.test(text[start - 1] ?? "")) {
    const before = /[A-Za-z_]+$/.exec(text.slice(Math.max(0, start - 32), start))?.[0] ?? "";
    if (!NAMES_A_CARD.test(before)) return false;
  }
  return !/[A-Za-z_]/.test(text[end] ?? "") || NAMES_THE_REST.test(text.slice(end, end + 12));
}

const NAMES_A_CARD =
  /^(?:[A-Za-z_]*(?:card|visa|mastercard|maestro|amex|discover|diners|jcb|unionpay|rupay|karte|carte|tarjeta)|[fd]?pan|cc(?=_?n))(?:_?(?:number|num|no|nr))?_?$/i;
const NAMES_THE_REST = /^_?(?:exp|cv[vc]|valid|visa|mastercard|amex)/i;

/** International notation has at most 15 digits (E.164). */
function isPhone(text: string, start: number, length: number, kind: KeyKind): boolean {
  if (length > 15) return false;
  return kind === "phone" || (text[start - 1] === "+" && !/[A-Za-z\d]/.test(text[start - 2] ?? ""));
}

const UUID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi;

/** Hexadecimal groups with colons between them (RFC 4291): eight, or fewer with one gap. */
const IPV6 = /(?<![\w:])[\da-f:]{4,39}(?![\w:])/gi;

function isIpv6(found: string): boolean {
  const groups = found.split(":").length;
  const gaps = found.split("::").length - 1;
  // A gap at one end splits off one empty text more.
  return gaps === 0 ? groups === 8 : gaps === 1 && groups <= 9;
}

/** The line of a Brazilian bank slip. */
const BOLETO = /\d{5}\.\d{5} \d{5}\.\d{6} \d{5}\.\d{6} \d \d{14}/g;

/** A bank account or creditor reference in print: two letters, two check digits, groups of four (ISO 13616, 11649). */
const IBAN = /(?<![A-Za-z\d])[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?(?![A-Za-z\d])/g;

function hasIbanCheckDigits(iban: string): boolean {
  const compact = iban.replaceAll(" ", "");
  let remainder = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Whether a longer number of this shape covers the range. */
function isPartOf(
  shape: RegExp,
  text: string,
  start: number,
  end: number,
  accept: (found: string) => boolean = () => true,
): boolean {
  const from = Math.max(0, start - LONGEST_SHAPE);
  for (const { 0: found, index } of text.slice(from, end + LONGEST_SHAPE).matchAll(shape)) {
    if (from + index <= start && from + index + found.length >= end && accept(found)) return true;
  }
  return false;
}

const LONGEST_SHAPE = 56;

function isPathSegment(text: string, start: number, end: number): boolean {
  return /^(?:https?:\/)?\/[^?#\s]*\/$/i.test(text.slice(0, start)) && /^(?:[/?#]|$)/.test(text.slice(end, end + 1));
}
