import * as z from "zod";
import { textSchema } from "./scalars.ts";

const REFERENCE = "must be a reference such as ${env:NAME} or ${file:PATH}, or { ref, notAfter }";

/** RFC 3339 with an offset; epoch milliseconds once read. */
const instantSchema = z
  .string()
  .transform((text, context) => {
    const ms = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({ code: "custom", message: "must be a time such as 2030-01-31T00:00:00Z" });
    return z.NEVER;
  })
  .meta({ format: "date-time" });

const referenceSchema = textSchema.meta({
  description: "Where the secret is: ${env:NAME}, ${file:PATH} or ${aws-sm:ID#key}; ? before the } makes it optional",
});

/** A secret as the file has it: a reference, alone or with the time after which it no longer counts. */
export const secretSchema = z.union(
  [referenceSchema, z.strictObject({ ref: referenceSchema, notAfter: instantSchema.optional() })],
  REFERENCE,
);

export type SecretEntry = z.output<typeof secretSchema>;

/** A secret that has no end. */
export const plainSecretSchema = referenceSchema;
