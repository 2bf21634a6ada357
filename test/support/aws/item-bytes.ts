/** An item in DynamoDB's JSON: bytes are Base64. */
export type WireItem = Readonly<Record<string, WireValue>>;
type WireValue = Readonly<Record<string, unknown>>;

/** The size that DynamoDB charges for. Source: DynamoDB developer guide, "DynamoDB item sizes and formats". */
export function itemBytes(item: WireItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: WireValue): number {
  const [[type, content] = ["NULL", true]] = Object.entries(value);
  switch (type) {
    case "S":
      return Buffer.byteLength(content as string);
    case "N":
      return numberBytes(content as string);
    case "B":
      return Buffer.from(content as string, "base64").length;
    case "SS":
    case "NS":
    case "BS":
      return sum((content as readonly string[]).map((each) => valueBytes({ [type.slice(0, 1)]: each })));
    case "L":
      return 3 + sum((content as readonly WireValue[]).map((each) => 1 + valueBytes(each)));
    case "M":
      return 3 + Object.keys(content as WireItem).length + itemBytes(content as WireItem);
    default:
      return 1;
  }
}

/** About one byte for two significant digits, and one more. */
function numberBytes(text: string): number {
  const digits = text
    .replace(/e.*$/i, "")
    .replace(/[^0-9]/g, "")
    .replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith("-") ? 1 : 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
