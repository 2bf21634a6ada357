import { type Edit, REMOVED } from "./redact-edit.ts";

/**
 * Security codes and PINs that a text of plain ASCII spelling gives by name: `cvv=123`, `"cvc":"123"`,
 * `<pin>1234</pin>`, and the third value of a line such as `card number|12|2027|123`, where the cards end at `cardEnds`.
 */
export function findCodes(text: string, cardEnds: readonly number[]): readonly Edit[] {
  return [
    ...Array.from(text.matchAll(NAMED_CODE), lastGroup),
    ...Array.from(text.matchAll(NAMED_PIN), lastGroup),
    ...cardEnds.flatMap((end) => {
      AFTER_EXPIRY.lastIndex = end;
      const match = AFTER_EXPIRY.exec(text);
      return match === null ? [] : [lastGroup(match)];
    }),
  ];
}

// Every repetition is bounded, so that no text takes more than a fixed number of steps per character.
const NAMED_CODE =
  /(?<![a-z])(?:(?:(?:card|cc)[ _-]?)?(?:cv[vcnd]2?|security[ _-]?code|card[ _-]?verification[ _-]?(?:value|code|number)|card[ _-]?code)(?:[ _-]?(?:code|number|no|value))?["'\])>\s]{0,4}(?:[:=]|=>|->|is\b)?|(?:cid|csc|cav2?)["'\])\s]{0,4}[:=>])["'(\s]{0,4}(\d{3,4})(?!\.?\d|\*)/gi;

// Six digits are a postal code in India, where it is called a PIN too.
const NAMED_PIN =
  /(?<![a-z])(?:(?:(?:card|atm|debit)[ _-]?)?pin["'\])\s]{0,4}[:=>]["'(\s]{0,4}(\d{4,5}|\d{7,12})(?![\d*])|pin[ _-]?block["'\])\s]{0,4}[:=>]["'(\s]{0,4}([\da-f]{16,64}))/gi;

const AFTER_EXPIRY =
  /["'\s|,;:/-]{1,4}(?:exp\w{0,6}[\s:.=]{0,3})?(?:0?[1-9]|1[0-2])[\s/|,.;-]{1,3}(?:20)?\d{2}[\s|,;:/-]{1,4}(?:cv[vc]2?[\s:=]{0,3})?(\d{3,4})(?!\d)/iy;

/** The last thing a pattern matches is the code itself. */
function lastGroup(match: RegExpExecArray): Edit {
  const end = match.index + match[0].length;
  const code = match[1] ?? match[2] ?? "";
  return { start: end - code.length, end, text: REMOVED };
}
