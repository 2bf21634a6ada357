const MIN_BYTES = 16;

/** The two versions of a secret, as Secrets Manager holds them; null for one that is not there or is no text. */
export interface SecretVersions {
  readonly current: string | null;
  readonly previous: string | null;
}

/**
 * What of a secret can be used, newest first. `key` is a member of its JSON. Without one the whole text is the secret,
 * less one newline at its end; JSON with a member `current` manages its own rotation: its `current` and `previous` count,
 * and the version before does not. Texts that are blank or shorter than 16 bytes count as absent.
 */
export function secretValues({ current, previous }: SecretVersions, key: string | null): readonly string[] {
  const values = key === null ? plainValues(current, previous) : [memberOf(current, key), memberOf(previous, key)];
  return [...new Set(values.filter((value) => value !== null && isUsable(value)))] as string[];
}

function plainValues(current: string | null, previous: string | null): readonly (string | null)[] {
  if (memberOf(current, "current") !== null) return [memberOf(current, "current"), memberOf(current, "previous")];
  return [plainText(current), plainText(previous)];
}

/** JSON that nobody said how to read is no secret. */
function plainText(text: string | null): string | null {
  if (text === null) return null;
  if (objectIn(text) === null) return text.replace(/\r?\n$/, "");
  return memberOf(text, "current");
}

function memberOf(text: string | null, key: string): string | null {
  const object = text === null ? null : objectIn(text);
  const value = object !== null && Object.hasOwn(object, key) ? object[key] : null;
  return typeof value === "string" ? value : null;
}

function objectIn(text: string): Record<string, unknown> | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function isUsable(value: string): boolean {
  return value.trim() !== "" && Buffer.byteLength(value) >= MIN_BYTES;
}
