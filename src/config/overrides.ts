import { isScalar, parseDocument } from "yaml";
import { closestWord } from "./closest-word.ts";
import type { KeyPath } from "./key-path.ts";
import { type Place, rootPlace } from "./key-tree.ts";
import type { Problems } from "./problems.ts";
import { valueAt } from "./value-at.ts";

const PREFIX = "STRONGROOM_";

/**
 * Applies the environment to what the file says: `STRONGROOM_SERVER__INGEST__PORT=0` sets `server.ingest.port`.
 * Keys match in any case, with `_` for `-`; a number in the path is an index of a list; values are YAML scalars.
 * Returns the changed tree and leaves `tree` alone. A name that fits no key is a problem under that name.
 */
export function applyOverrides(
  tree: unknown,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problems,
): unknown {
  const changed = copy(tree ?? {});
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith(PREFIX) || !variable.includes("__")) continue;
    const target = findKey(variable.slice(PREFIX.length).split("__"), changed);
    if ("fault" in target) {
      problems.add([variable], target.fault);
      continue;
    }
    const value = readScalar(text);
    if (value === undefined) problems.add([variable], "is not a single YAML value");
    else if (setAt(changed, target.path, value)) problems.setBy(target.path, variable);
  }
  return changed;
}

/** A part that aliases repeat in the file becomes several parts, so that setting one leaves the others alone. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}

type Target = { readonly path: KeyPath } | { readonly fault: string };

function findKey(words: readonly string[], tree: unknown): Target {
  const path: (string | number)[] = [];
  let place: Place | null = rootPlace();
  let value = tree;
  for (const word of words) {
    const part = matchPart(word, place, value);
    if (part === undefined) return { fault: `fits no key of the configuration${suggestion(word, place, value)}` };
    path.push(part);
    value = valueAt(value, part);
    place = place.child(part, value);
    if (place === null) return { fault: "fits no key of the configuration" };
  }
  return place.isScalar ? { path } : { fault: "names a key that holds further keys; add the name of one of them" };
}

function matchPart(word: string, place: Place, value: unknown): string | number | undefined {
  const wanted = fold(word);
  const key = namesAt(place, value).find((name) => fold(name) === wanted);
  if (key !== undefined || !place.isList || !/^\d{1,4}$/.test(word)) return key;
  // One past the end appends.
  const length = Array.isArray(value) ? value.length : 0;
  return Number(word) <= length ? Number(word) : undefined;
}

/** The environment cannot add a source or destination: its spelling of their names would be a guess. */
function namesAt(place: Place, value: unknown): readonly string[] {
  const present = place.isMap && typeof value === "object" && value !== null ? Object.keys(value) : [];
  return [...place.keys, ...present];
}

function suggestion(word: string, place: Place, value: unknown): string {
  const meant = closestWord(fold(word), namesAt(place, value).map(fold));
  return meant === undefined ? "" : `; did you mean ${meant.toUpperCase()}?`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

function readScalar(text: string): unknown {
  const document = parseDocument(text, { version: "1.2", schema: "core", prettyErrors: false });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  if (document.contents === null) return null;
  return isScalar(document.contents) ? document.contents.value : undefined;
}

/** False when the file has something else than a map or list on the way; that is a problem of its own. */
function setAt(tree: unknown, path: KeyPath, value: unknown): boolean {
  let container = tree;
  for (const [at, part] of path.entries()) {
    if (typeof container !== "object" || container === null) return false;
    const parent = container as Record<string | number, unknown>;
    const next = path[at + 1];
    if (next === undefined) parent[part] = value;
    else parent[part] = valueAt(parent, part) ?? (typeof next === "number" ? [] : {});
    container = parent[part];
  }
  return true;
}
