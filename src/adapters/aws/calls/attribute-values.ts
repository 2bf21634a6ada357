/**
 * A request as JSON, with base64 in the place of every `Uint8Array`: that is how each of AWS's JSON protocols writes
 * binary values. Told by type, so an attribute may bear any name.
 */
export function toJson(input: object): string {
  return JSON.stringify(input, function (this: Record<string, unknown>, key: string, value: unknown) {
    // A Buffer turns itself into an object before this function sees it.
    const raw = this[key];
    return raw instanceof Uint8Array ? toBase64(raw) : value;
  });
}

/**
 * Puts `Uint8Array`s in the place of the base64 of every `B` and `BS` in what DynamoDB returned: in `Item`, `Items`,
 * `Attributes` and `LastEvaluatedKey`, at any depth. Changes the parsed answer in place.
 */
export function decodeAttributeValues(output: Returned): void {
  for (const item of [output.Item, output.Attributes, output.LastEvaluatedKey, ...(output.Items ?? [])]) {
    if (item !== undefined) decodeItem(item);
  }
}

export function fromBase64(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text, "base64");
  return new Uint8Array(buffer, byteOffset, length);
}

interface Returned {
  readonly Item?: ReturnedItem;
  readonly Items?: readonly ReturnedItem[];
  readonly Attributes?: ReturnedItem;
  readonly LastEvaluatedKey?: ReturnedItem;
}

type ReturnedItem = Record<string, ReturnedValue>;

/** Exactly one of these: the key is the type, never a name. */
interface ReturnedValue {
  B?: string | Uint8Array;
  BS?: (string | Uint8Array)[];
  readonly M?: ReturnedItem;
  readonly L?: readonly ReturnedValue[];
}

function decodeItem(item: ReturnedItem): void {
  for (const value of Object.values(item)) decodeValue(value);
}

function decodeValue(value: ReturnedValue): void {
  if (typeof value.B === "string") value.B = fromBase64(value.B);
  else if (value.BS !== undefined) value.BS = value.BS.map((one) => (typeof one === "string" ? fromBase64(one) : one));
  else if (value.M !== undefined) decodeItem(value.M);
  else if (value.L !== undefined) value.L.forEach(decodeValue);
}

function toBase64({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("base64");
}
