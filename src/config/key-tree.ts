import { configJsonSchema } from "./json-schema.ts";
import type { KeyPath } from "./key-path.ts";
import { valueAt } from "./value-at.ts";

/** Part of the JSON Schema of the file, as far as it says which keys there may be. */
interface KeyNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, KeyNode>>;
  readonly additionalProperties?: boolean | KeyNode;
  readonly items?: KeyNode;
  readonly anyOf?: readonly KeyNode[];
  readonly oneOf?: readonly KeyNode[];
}

/** What the configuration may hold at one place. */
export interface Place {
  /** The keys with a fixed name. */
  readonly keys: readonly string[];
  /** Whether people choose the keys, as with sources. */
  readonly isMap: boolean;
  readonly isList: boolean;
  /** Whether a single value can stand here. */
  readonly isScalar: boolean;
  /** The place behind a key or index; `value` is what the file has there. Null when nothing can be there. */
  child(part: string | number, value: unknown): Place | null;
}

/** The place at the root of the file. */
export function rootPlace(): Place {
  root ??= placeOf([configJsonSchema() as KeyNode]);
  return root;
}

// Asked for once for each variable and each key that is not known.
let root: Place | undefined;

/** The fixed keys that the file may have at `path`, where `tree` is what it has. */
export function keysAt(path: KeyPath, tree: unknown): readonly string[] {
  let place: Place | null = rootPlace();
  let value = tree;
  for (const part of path) {
    value = valueAt(value, part);
    place = place?.child(part, value) ?? null;
  }
  return place?.keys ?? [];
}

function placeOf(nodes: readonly KeyNode[]): Place {
  const properties = nodes.flatMap((node) => Object.entries(node.properties ?? {}));
  const maps = nodes.flatMap(({ additionalProperties: node }) => (typeof node === "object" ? [node] : []));
  const items = nodes.flatMap(({ items: node }) => (node === undefined ? [] : [node]));
  return {
    keys: [...new Set(properties.map(([key]) => key))],
    isMap: maps.length > 0,
    isList: items.length > 0,
    isScalar: nodes.some(({ type }) => type !== "object" && type !== "array"),
    child(part, value) {
      const named = properties.filter(([key]) => key === part).map(([, node]) => node);
      const next = typeof part === "number" ? items : named.length > 0 ? named : maps;
      return next.length === 0 ? null : placeOf(alternatives(next, value));
    },
  };
}

/** Sources differ by provider: once the file names it, only that provider's keys count. */
function alternatives(nodes: readonly KeyNode[], value: unknown): readonly KeyNode[] {
  const all = nodes.flatMap((node) => node.anyOf ?? node.oneOf ?? [node]);
  const provider = valueAt(value, "provider");
  const named = all.filter((node) => provider !== undefined && node.properties?.provider?.const === provider);
  return named.length > 0 ? named : all;
}
