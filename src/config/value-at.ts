/** What a map or list has under a key or index of its own. */
export function valueAt(container: unknown, part: string | number): unknown {
  return typeof container === "object" && container !== null && Object.hasOwn(container, part)
    ? (container as Record<string | number, unknown>)[part]
    : undefined;
}
