import { DEFAULT_KEY, type TableKey } from "../../adapters/aws/dynamodb/event-key.ts";
import { optional, VARIABLES } from "../../adapters/aws/environment.ts";
import type { Environment } from "./function.ts";

/** The key attributes of the events table. Throws when the variable says something else than a key. */
export function eventsKeyOf(env: Environment): TableKey {
  const text = optional(env, "eventsKey");
  if (text === null) return DEFAULT_KEY;
  const [, partition, name, type] = /^(\w+)(?:,(\w+):([SN]))?$/.exec(text) ?? [];
  if (partition === undefined) throw new Error(`${VARIABLES.eventsKey} has to be name, name,sort:S or name,sort:N.`);
  return { partition, sort: name === undefined ? null : { name, type: type as "S" | "N" } };
}
