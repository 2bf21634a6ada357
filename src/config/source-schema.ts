import * as z from "zod";
import type { Provider, SettingSpec } from "../domain/provider.ts";
import { periodSchema, textSchema, urlSchema } from "./scalars.ts";
import { secretSchema } from "./secret-schema.ts";

/** What a source of this provider looks like in the file, as the provider describes it. */
export function sourceSchema(provider: Provider) {
  return z
    .strictObject({
      provider: z.literal(provider.name),
      ...(provider.secret === null ? {} : { secrets: secretsSchema(provider.secret.describe) }),
      ...settingSchemas(provider.settings),
    })
    .meta({ title: provider.title });
}

function secretsSchema(describe: string) {
  return z
    .array(secretSchema)
    .min(1)
    .meta({ description: `${describe}. All are accepted; the newest comes first.` });
}

function settingSchemas(settings: Readonly<Record<string, SettingSpec>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(settings).map(([name, spec]) => [name, settingSchema(spec)]));
}

function settingSchema(spec: SettingSpec): z.ZodType {
  const schema = valueSchema(spec).meta({ description: spec.describe });
  if (spec.default !== undefined) return schema.prefault(spec.default);
  if (spec.required === true) return schema;
  return isComplete(spec) ? schema.prefault({}) : schema.optional();
}

function valueSchema(spec: SettingSpec): z.ZodType {
  switch (spec.type) {
    case "string":
      return patternedText(spec);
    case "url":
      return urlSchema;
    case "duration":
      return periodSchema();
    case "boolean":
      return z.boolean();
    case "strings":
      return z.array(textSchema);
    case "choice":
      return z.enum(spec.of ?? []);
    case "object":
      return z.strictObject(settingSchemas(spec.fields ?? {}));
  }
}

function patternedText({ pattern, describe }: SettingSpec): z.ZodType {
  return pattern === undefined
    ? textSchema
    : textSchema.refine((text) => pattern.test(text), `is not as expected: ${describe}`);
}

/** Whether an object that the file leaves out has a meaning: it has defaults, and nothing it cannot do without. */
function isComplete({ type, fields = {} }: SettingSpec): boolean {
  const specs = Object.values(fields);
  return (
    type === "object" &&
    specs.every(({ required }) => required !== true) &&
    specs.some((spec) => spec.default !== undefined || isComplete(spec))
  );
}
