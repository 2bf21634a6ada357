import { applyEdits, type Edit, REMOVED } from "./redact-edit.ts";
import { isNeutralKey, type KeyKind, kindOfWords, partInPair, wordsOf } from "./redact-keys.ts";
import { distinguish } from "./redact-names.ts";
import { unescapeJson } from "./redact-spelling.ts";
import { findInText } from "./redact-text.ts";
import { readTokens } from "./redact-tokens.ts";
import { isSecretString, replaceNumber } from "./redact-value.ts";

/**
 * What has to go from a JSON text, in terms of that text: each edit lies within one token and leaves it valid, a number
 * that goes becomes a string. JSON inside a string is looked into as JSON. The text must be valid; its depth is free.
 */
export function findInJson(source: string): readonly Edit[] {
  return findInLayer(source, "plain", 1);
}

/** Strings within strings are read as JSON down to this layer, and as mere text below it. */
const LAYERS = 8;

/** An object or array that is being read. */
interface Frame {
  /** The words of the name it goes under and what they say; an array's elements go under the array's. */
  readonly words: readonly string[];
  readonly kind: KeyKind;
  readonly keptNames: string[];
  readonly maskedNames: { readonly name: string; readonly end: number }[];
  /** Where a value that comes next belongs: an object's name read last, or the array's own. */
  key: string;
  keyWords: readonly string[];
  keyKind: KeyKind;
  /** Of a pair `{"name": "cvv", "value": "123"}`: what `name` says, and where `value` is when it comes first. */
  label: KeyKind;
  value: Token | null;
}

interface Token {
  readonly type: "string" | "number";
  readonly start: number;
  readonly end: number;
}

/** `rootKind` is what the field's name says that holds this text. */
function findInLayer(source: string, rootKind: KeyKind, layer: number): readonly Edit[] {
  const edits: Edit[] = [];
  let frame = newFrame("", [], rootKind);
  const outer: Frame[] = [];

  readTokens(source, {
    open: () => {
      outer.push(frame);
      frame = newFrame(frame.key, frame.keyWords, frame.keyKind);
    },
    close: () => {
      keepNamesApart(frame);
      frame = outer.pop() as Frame;
    },
    name: (start, end) => {
      const name = unescapeJson(source, start + 1, end - 1);
      const found = findInText(name.text, "plain");
      for (const edit of found) replace(name.offset(edit.start), name.offset(edit.end), edit.text);
      if (found.length === 0) frame.keptNames.push(name.text);
      else frame.maskedNames.push({ name: applyEdits(name.text, found), end: end - 1 });
      frame.key = name.text;
      frame.keyWords = wordsOf(name.text);
      frame.keyKind = kindInFrame(frame);
    },
    string: (start, end) => place({ type: "string", start, end }),
    number: (start, end) => place({ type: "number", start, end }),
  });
  return edits;

  function replace(start: number, end: number, text: string): void {
    edits.push({ start, end, text });
  }

  function keepNamesApart({ maskedNames, keptNames }: Frame): void {
    if (maskedNames.length === 0) return;
    const suffixes = distinguish(
      maskedNames.map(({ name }) => name),
      keptNames,
    );
    for (const [i, { end }] of maskedNames.entries()) replace(end, end, suffixes[i] ?? "");
  }

  function place(token: Token): void {
    judge(token, frame.keyKind);
    const part = partInPair(frame.key);
    if (part === "label") frame.label = labelled(token);
    if (part === "value") frame.value = token;
    if (part !== "none" && frame.value !== null && frame.label !== "plain") judge(frame.value, frame.label);
  }

  function labelled({ type, start, end }: Token): KeyKind {
    return type === "string" ? kindOfWords(wordsOf(unescapeJson(source, start + 1, end - 1).text), []) : "plain";
  }

  function judge({ type, start, end }: Token, kind: KeyKind): void {
    if (type === "number") {
      const replacement = replaceNumber(source.slice(start, end), kind);
      if (replacement !== null) replace(start, end, `"${replacement}"`);
      return;
    }
    const { text, offset } = unescapeJson(source, start + 1, end - 1);
    if (isSecretString(text, kind)) {
      replace(start + 1, end - 1, REMOVED);
      return;
    }
    const found = layer < LAYERS && isJson(text) ? findInLayer(text, kind, layer + 1) : findInText(text, kind);
    // A number within a string gets quotes when it is masked, and they have to be escaped here.
    for (const edit of found) replace(offset(edit.start), offset(edit.end), JSON.stringify(edit.text).slice(1, -1));
  }
}

function newFrame(key: string, words: readonly string[], kind: KeyKind): Frame {
  const names = { keptNames: [], maskedNames: [] };
  return { words, kind, ...names, key, keyWords: words, keyKind: kind, label: "plain", value: null };
}

/** A name that says nothing itself: stripe data and cards stay what they are all the way down, others in `value`. */
function kindInFrame({ words, kind: outer, key, keyWords }: Frame): KeyKind {
  const kind = kindOfWords(keyWords, words);
  if (kind !== "plain") return kind;
  return outer === "track" || outer === "card" || isNeutralKey(key) ? outer : "plain";
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
