import * as z from "zod";
import { fileSchema } from "./schema.ts";

/** The JSON Schema (draft 2020-12) of `strongroom.yaml`, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: "input", target: "draft-2020-12" });
  return { ...schema, title: "Strongroom configuration" };
}
