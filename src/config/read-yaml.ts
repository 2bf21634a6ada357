import { readFileSync, statSync } from "node:fs";
import { type Document, type ErrorCode, Lexer, LineCounter, Parser, parseDocument } from "yaml";
import { ConfigError, type ConfigProblem } from "../domain/errors.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_ALIASES = 50;
const MAX_DEPTH = 64;

/**
 * Reads a YAML file into plain data. Throws `ConfigError` with the file as path and line numbers in the messages; they
 * are our own words, because the parser quotes the file in its messages and the file may hold what nobody should see.
 */
export function readYaml(file: string): unknown {
  const text = readText(file);
  refuseDepth(file, text);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    throw new ConfigError(faults.map(({ code, pos: [offset] }) => problem(file, place(lines, offset), EXPLAIN[code])));
  }
  return toPlainData(file, document);
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw fileError(file, "is not a regular file");
    if (stat.size > MAX_BYTES) throw fileError(file, "is larger than 1 MiB");
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw fileError(file, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fileError(file, "is not UTF-8 text");
  }
}

/** The composer recurses, and a stack that is used up can end the process; the parser below it does not recurse. */
function refuseDepth(file: string, text: string): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) throw fileError(file, "the nesting is too deep");
  }
}

function toPlainData(file: string, document: Document): unknown {
  try {
    const data: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Also throws for an alias to a node that it stands in.
    JSON.stringify(data);
    return data;
  } catch {
    // A bomb and an alias without an anchor: the parser tells them apart only in its message.
    throw fileError(
      file,
      `has an alias that names no anchor, an alias to what it is part of, or more than ${MAX_ALIASES} repetitions by aliases`,
    );
  }
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}: `;
}

function problem(file: string, where: string, message: string): ConfigProblem {
  return { path: file, message: `${where}${message}` };
}

function fileError(file: string, message: string): ConfigError {
  return new ConfigError([problem(file, "", message)]);
}

const EXPLAIN: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias cannot have a tag or an anchor",
  BAD_ALIAS: "this is no usable alias",
  BAD_COLLECTION_TYPE: "the tag does not fit the value",
  BAD_DIRECTIVE: "this directive is not understood",
  BAD_DQ_ESCAPE: "this escape is not valid in a double-quoted text",
  BAD_INDENT: "the indentation is wrong, or a bracket is not closed",
  BAD_PROP_ORDER: "an anchor or a tag is in the wrong place",
  BAD_SCALAR_START: "a text that starts with this character has to be quoted",
  BLOCK_AS_IMPLICIT_KEY: "a map cannot start here: quote a text that contains a colon",
  BLOCK_IN_FLOW: "an indented list or map cannot stand inside brackets",
  DUPLICATE_KEY: "the same key is given twice",
  IMPOSSIBLE: "this is not YAML",
  KEY_OVER_1024_CHARS: "the key is too long",
  MISSING_CHAR: "a character is missing: quote every text with braces, such as a reference, inside brackets",
  MULTILINE_IMPLICIT_KEY: "a key has to be on one line",
  MULTIPLE_ANCHORS: "a value can have only one anchor",
  MULTIPLE_DOCS: "the file may hold one document only",
  MULTIPLE_TAGS: "a value can have only one tag",
  NON_STRING_KEY: "a key has to be text",
  RESOURCE_EXHAUSTION: "the nesting is too deep",
  TAB_AS_INDENT: "indent with spaces, not with tabs",
  TAG_RESOLVE_FAILED: "this tag is not understood, or does not fit the value",
  UNEXPECTED_TOKEN: "this does not belong here",
};
