import * as z from "zod";
import { providers } from "../providers/index.ts";
import { delaySchema, NAME_PATTERN, periodSchema, sizeSchema, textSchema, urlSchema } from "./scalars.ts";
import { plainSecretSchema, secretSchema } from "./secret-schema.ts";
import { sourceSchema } from "./source-schema.ts";

const host = textSchema;
const port = z.int("must be a whole number").min(0).max(65535);
const count = (max: number) => z.int("must be a whole number").min(1).max(max);

const retry = (defaults: { readonly maxAttempts: number; readonly base: string; readonly max: string }) =>
  z
    .strictObject({
      maxAttempts: count(100).prefault(defaults.maxAttempts),
      base: delaySchema({ min: 0 }).prefault(defaults.base),
      max: delaySchema({ min: 0 }).prefault(defaults.max),
    })
    .superRefine(({ base, max }, context) => {
      if (base > max) context.addIssue({ code: "custom", path: ["max"], message: "must not be less than base" });
    })
    .prefault({});

const ingest = z
  .strictObject({
    host: host.prefault("0.0.0.0"),
    port: port.prefault(4640),
    maxBodyBytes: sizeSchema({ min: 1, max: 64 * 2 ** 20 }).prefault(262_144),
    maxJsonDepth: count(1000).prefault(64).meta({ description: "The root counts as 1" }),
    rateLimit: z
      .strictObject({
        perSecond: z.number().gt(0).max(1_000_000).prefault(1000),
        burst: count(1_000_000).prefault(2000),
      })
      .prefault({})
      .meta({ description: "For each source" }),
    maxBacklog: count(1_000_000_000).prefault(1_000_000),
  })
  .prefault({});

const admin = z
  .strictObject({
    host: host.prefault("127.0.0.1"),
    port: port.prefault(4641),
    tokens: z
      .array(z.strictObject({ name: textSchema, role: z.enum(["read", "operate"]), secret: plainSecretSchema }))
      .prefault([]),
  })
  .prefault({});

export const destinationSchema = z.strictObject({
  url: urlSchema,
  format: z.enum(["standard", "original"]).prefault("standard"),
  events: z.array(eventFilter()).min(1).optional(),
  sources: z.array(textSchema).min(1).optional(),
  secret: secretSchema.optional().meta({ description: "Signs the standard format, after Standard Webhooks" }),
  resign: secretSchema.optional().meta({ description: "Signs the original format anew" }),
  concurrency: count(256).prefault(4),
  rateLimit: z.number().gt(0).max(1_000_000).optional().meta({ description: "Requests in a second" }),
  timeout: delaySchema().prefault("10s"),
  retry: retry({ maxAttempts: 12, base: "5s", max: "1h" }),
});

/** What the parts of the file look like that have a fixed shape, by their key. */
export const sectionSchemas = {
  server: z.strictObject({ ingest, admin, shutdownGrace: delaySchema({ min: 0 }).prefault("10s") }).prefault({}),
  store: z
    .strictObject({
      dataDir: textSchema.prefault("./.strongroom"),
      minFreeDisk: sizeSchema().prefault("64MiB"),
      retention: z
        .strictObject({ events: periodSchema().prefault("30d"), audit: periodSchema().prefault("400d") })
        .prefault({}),
      auditCheckpoint: textSchema.optional(),
    })
    .prefault({}),
  archive: z.strictObject({ dir: textSchema.optional() }).prefault({}),
  processor: z
    .strictObject({
      batchSize: count(1000).prefault(10),
      concurrency: count(256).prefault(8),
      handler: textSchema.optional(),
      handlerTimeout: delaySchema().prefault("30s"),
      retry: retry({ maxAttempts: 3, base: "5s", max: "2m" }),
    })
    .prefault({}),
  alerts: z.array(z.strictObject({ to: alertTarget() })).prefault([]),
  redaction: z.strictObject({ enabled: z.boolean().prefault(true) }).prefault({}),
  log: z
    .strictObject({ level: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).prefault("info") })
    .prefault({}),
};

/** What a source looks like in the file, by the name of its provider. */
export const sourceSchemas: ReadonlyMap<string, ReturnType<typeof sourceSchema>> = new Map(
  Object.entries(providers).map(([name, provider]) => [name, sourceSchema(provider)]),
);

export const versionSchema = z.literal(1).meta({ description: "The version of this format" });

/** The whole file. */
export const fileSchema = z.strictObject({
  version: versionSchema,
  ...sectionSchemas,
  sources: named(z.union([...sourceSchemas.values()])),
  destinations: named(destinationSchema),
});

function named<T extends z.ZodType>(value: T) {
  return z.record(z.string().regex(NAME_PATTERN), value).prefault({} as never);
}

function eventFilter() {
  return textSchema
    .refine((text) => /^[^*]*\*?$/.test(text), "may have a * only at its end")
    .meta({ examples: ["payment.*", "refund.succeeded"] });
}

function alertTarget() {
  return z
    .string()
    .refine(
      (text) => (text.startsWith("file:") ? text.length > "file:".length : urlSchema.safeParse(text).success),
      "must be file:PATH, or an http or https URL without a user name",
    )
    .meta({ examples: ["file:./.strongroom/alerts.ndjson", "https://hooks.example.com/alerts"] });
}
