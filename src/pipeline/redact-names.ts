/**
 * What to append to each masked name of an object so that no two of its names are equal: nothing, or `~2`, `~3` ….
 * `kept` are the object's names that stay as they are.
 */
export function distinguish(masked: readonly string[], kept: Iterable<string>): readonly string[] {
  const taken = new Set(kept);
  const next = new Map<string, number>();
  return masked.map((name) => {
    let count = next.get(name) ?? 1;
    while (taken.has(suffixed(name, count))) count++;
    next.set(name, count + 1);
    taken.add(suffixed(name, count));
    return suffix(count);
  });
}

function suffixed(name: string, count: number): string {
  return name + suffix(count);
}

function suffix(count: number): string {
  return count === 1 ? "" : `~${count}`;
}
