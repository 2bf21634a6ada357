export interface XmlElement {
  readonly name: string;
  readonly children: XmlElement[];
  /** The text directly inside, entities resolved. */
  text: string;
}

/**
 * The root element of an answer, or undefined when the text is not of the small part of XML in which AWS answers:
 * elements, text, the five entities and numeric ones. Attributes (only namespaces) are dropped; document types,
 * comments and CDATA are refused.
 */
export function parseXml(text: string): XmlElement | undefined {
  const root: XmlElement = { name: "", children: [], text: "" };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    const parent = open.at(-1);
    if (token === null || parent === undefined) return undefined;
    const { start, empty, end, words } = token.groups as Token;
    if (words !== undefined) {
      parent.text += resolved(words);
    } else if (end !== undefined) {
      if (open.length === 1 || open.pop()?.name !== end) return undefined;
    } else if (start !== undefined) {
      const element = { name: start, children: [], text: "" };
      parent.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  const complete = open.length === 1 && root.children.length === 1 && root.text.trim() === "";
  return complete ? root.children[0] : undefined;
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** The text of a child, or undefined without such a child. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text;
}

type Token = { readonly [group in "start" | "empty" | "end" | "words"]?: string };

const TOKEN =
  /(?:<\?xml [^?<>]*\?>|<(?<start>[A-Za-z_][\w.-]*)(?:\s+[\w:.-]+="[^"<>]*")*\s*(?<empty>\/?)>|<\/(?<end>[A-Za-z_][\w.-]*)\s*>|(?<words>[^<]+))/y;

function resolved(words: string): string {
  return words.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

const ENTITIES = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);
