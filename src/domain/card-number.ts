/**
 * How much a run of digits looks like a payment card number (ISO/IEC 7812: length, Luhn check digit, issuer prefix).
 * `card`: a card number wherever it stands. `card_if_labelled`: the prefixes and lengths of Maestro and of local
 * debit schemes, so wide that only a word such as "card" next to it decides. `no`: not a card number.
 */
export type CardLikeness = "card" | "card_if_labelled" | "no";

/** Judges the ASCII digits in `[start, end)`, all of `digits` unless told otherwise. */
export function cardLikeness(digits: string, start = 0, end = digits.length): CardLikeness {
  const length = end - start;
  if (length < 12 || length > 19) return "no";
  const ranges = rangesFrom(digitAt(digits, start) * 10 + digitAt(digits, start + 1));
  if (!ranges.lengths.has(length) || !passesLuhn(digits, start, end)) return "no";
  const prefix = Number(digits.slice(start, start + 6));
  return ranges.all.find((range) => holds(range, prefix, length))?.likeness ?? "no";
}

/** First six and last four digits, a star for each of the others (PCI DSS 3.4.1). */
export function maskCardNumber(digits: string): string {
  return digits.slice(0, 6) + "*".repeat(digits.length - 10) + digits.slice(-4);
}

/** First and last six-digit prefix, and the lengths issued under it. */
type Row = readonly [from: number, to: number, lengths: readonly number[]];

const SIXTEEN = [16];
const FROM_SIXTEEN = [16, 17, 18, 19];
const FROM_FOURTEEN = [14, 15, 16, 17, 18, 19];
const FROM_TWELVE = [12, 13, 14, 15, 16, 17, 18, 19];

const CERTAIN: readonly Row[] = [
  [400000, 499999, [13, 16, 19]], // Visa, and Elo and Dankort under its prefixes
  [510000, 559999, SIXTEEN], // Mastercard
  [222100, 272099, SIXTEEN], // Mastercard
  [340000, 349999, [15]], // American Express
  [370000, 379999, [15]], // American Express
  [300000, 305999, FROM_FOURTEEN], // Diners Club
  [309500, 309599, FROM_FOURTEEN], // Diners Club
  [360000, 369999, FROM_FOURTEEN], // Diners Club
  [380000, 399999, FROM_FOURTEEN], // Diners Club
  [352800, 358999, FROM_SIXTEEN], // JCB
  [601100, 601199, FROM_SIXTEEN], // Discover
  [644000, 659999, FROM_SIXTEEN], // Discover, RuPay, Elo, Troy, Verve
  [620000, 629999, FROM_SIXTEEN], // UnionPay
  [810000, 829999, FROM_SIXTEEN], // UnionPay, RuPay
  [220000, 220499, FROM_SIXTEEN], // Mir
  [508000, 508999, SIXTEEN], // RuPay
  [600000, 609999, SIXTEEN], // RuPay, Hipercard
  [504175, 504175, SIXTEEN], // Elo
  [506699, 506778, SIXTEEN], // Elo
  [509000, 509999, SIXTEEN], // Elo
  [636297, 636368, SIXTEEN], // Elo
  [637095, 637095, SIXTEEN], // Hipercard
  [506099, 506198, [16, 18, 19]], // Verve
  [507865, 507964, [16, 18, 19]], // Verve
  [501900, 501999, SIXTEEN], // Dankort
  [979200, 979299, SIXTEEN], // Troy
  [986000, 986099, SIXTEEN], // Humo
  [860000, 860099, SIXTEEN], // Uzcard
  [501800, 501899, FROM_SIXTEEN], // Maestro
  [502000, 502099, FROM_SIXTEEN], // Maestro
  [503800, 503899, FROM_SIXTEEN], // Maestro
  [589300, 589399, FROM_SIXTEEN], // Maestro
  [630400, 630499, FROM_SIXTEEN], // Maestro
  [675900, 676399, FROM_SIXTEEN], // Maestro
  [676700, 676799, FROM_SIXTEEN], // Maestro
];

const WIDE: readonly Row[] = [
  [500000, 509999, FROM_TWELVE],
  [560000, 589999, FROM_TWELVE],
  [600000, 699999, FROM_TWELVE],
];

interface Range {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
  readonly likeness: CardLikeness;
}

/** The ranges that can hold a number with certain first digits, the certain ones first, and their lengths together. */
interface Ranges {
  readonly all: readonly Range[];
  readonly lengths: ReadonlySet<number>;
}

/** Found when they are first asked for: most webhooks hold no such number, and a cold start has to be short. */
function rangesFrom(twoDigits: number): Ranges {
  const known = BY_TWO_DIGITS[twoDigits];
  if (known !== undefined) return known;
  const every = [...CERTAIN.map(asRange("card")), ...WIDE.map(asRange("card_if_labelled"))];
  const all = every.filter(({ from, to }) => from <= twoDigits * 10_000 + 9_999 && to >= twoDigits * 10_000);
  const found = { all, lengths: new Set(all.flatMap(({ lengths }) => lengths)) };
  BY_TWO_DIGITS[twoDigits] = found;
  return found;
}

const BY_TWO_DIGITS: (Ranges | undefined)[] = new Array(100).fill(undefined);

function asRange(likeness: CardLikeness): (row: Row) => Range {
  return ([from, to, lengths]) => ({ from, to, lengths, likeness });
}

function holds({ from, to, lengths }: Range, prefix: number, length: number): boolean {
  return prefix >= from && prefix <= to && lengths.includes(length);
}

function passesLuhn(digits: string, start: number, end: number): boolean {
  let sum = 0;
  for (let i = end - 1, double = false; i >= start; i--, double = !double) {
    const digit = digitAt(digits, i);
    sum += !double ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

function digitAt(digits: string, i: number): number {
  return digits.charCodeAt(i) - 0x30;
}
