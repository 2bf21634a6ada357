import * as z from "zod";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";
import { parseSize, SIZE_PATTERN } from "./size.ts";

// Zod would compile a function for each schema: that pays off when much is checked, and this is one file at each start.
z.config({ jitless: true });

/** Text that is not blank. */
export const textSchema = z.string().refine((text) => text.trim() !== "", "must not be blank");

/** The name of a source or a destination: it is a path segment, a metric label and part of ids. */
export const NAME_PATTERN = /^[a-z0-9-]{1,40}$/;

export const urlSchema = z
  .string()
  .superRefine((text, context) => {
    const message = faultOfUrl(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  .meta({ description: "An http or https URL" });

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The longest delay a timer can take. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const HUNDRED_YEARS_MS = 36_500 * 86_400_000;

/** A duration as text, in milliseconds once read. Anything that a timer waits for. */
export function delaySchema({ min = 1, max = MAX_TIMER_MS }: Bounds = {}): z.ZodType<number, string> {
  return z
    .string("must be a duration such as 50ms, 5s, 2m, 1h or 30d")
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms >= min && ms <= max) return ms;
      context.addIssue({
        code: "custom",
        message: faultOfNumber(ms, min, "a duration such as 50ms, 5s, 2m, 1h or 30d"),
      });
      return z.NEVER;
    })
    .meta({ pattern: orReference(DURATION_PATTERN), examples: ["50ms", "5s", "2m", "1h", "30d"] });
}

/** A duration that no timer waits for, such as a retention. */
export function periodSchema(): z.ZodType<number, string> {
  return delaySchema({ max: HUNDRED_YEARS_MS });
}

/** A size as text or a number of bytes; bytes once read. */
export function sizeSchema({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
}: Bounds = {}): z.ZodType<number, string | number> {
  return z
    .union(
      [z.string().meta({ pattern: orReference(SIZE_PATTERN) }), z.number()],
      "must be a size such as 64KiB, or a number of bytes",
    )
    .transform((value, context) => {
      const bytes = parseSize(value);
      if (bytes !== null && bytes >= min && bytes <= max) return bytes;
      context.addIssue({ code: "custom", message: faultOfNumber(bytes, min, "a size such as 64KiB, or bytes") });
      return z.NEVER;
    });
}

/** For editors, which see a reference and not what it leads to. */
function orReference(pattern: string): string {
  return `(${pattern})|(\\$\\{.+\\})`;
}

function faultOfNumber(value: number | null, min: number, wanted: string): string {
  if (value === null) return `must be ${wanted}`;
  return value < min ? "is too small" : "is too large";
}

function faultOfUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return "must be an http or https URL";
  return url.username === "" && url.password === "" ? null : "must not contain a user name or a password";
}
