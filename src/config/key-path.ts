/** Where a value is in the configuration, from the root. */
export type KeyPath = readonly (string | number)[];

/** As people write it: `sources.stripe.secrets[0]`. A key that is no plain word is quoted, and cut when it is long. */
export function formatPath(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(part)) return `${text}[${JSON.stringify(shorten(part))}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

function shorten(key: string): string {
  return key.length > 24 ? `${key.slice(0, 24)}…` : key;
}
