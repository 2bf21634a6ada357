import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { textAt } from "../../../domain/json.ts";
import type { Delivery } from "../../../domain/provider.ts";
import type { DiagnosableSource } from "../../../providers/diagnose.ts";
import { CliError, EXIT } from "../exit.ts";
import { globalsOf } from "../globals.ts";
import { addCommand, readTime, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { visible } from "../terminal-text.ts";
import { readDiagnosableSources } from "../verification.ts";

export function addVerify(program: Command): void {
  addCommand(program, "verify", {
    summary: "Say whether a captured delivery is authentic for a source and, if it is not, why.",
    exits: { 0: "authentic", 4: "no such source", 5: "not authentic", 78: STORE_EXITS[78] },
    example: "strongroom verify --source stripe --body body.json --headers headers.json --at 2026-01-15T10:30:00Z",
  })
    .requiredOption("--source <name>", "the source it was meant for")
    .requiredOption("--body <file>", "its body, byte for byte (- is stdin)")
    .requiredOption("--headers <file>", "its headers: a JSON object; a repeated header is an array")
    .option("--url <url>", "where it was sent, for schemes that sign the URL")
    .option("--at <time>", "judge tolerances at this time, RFC 3339 or unix seconds (default: now)", readTime)
    .action(async (options: VerifyOptions, command: Command) => {
      const globals = globalsOf(command);
      const now = options.at ?? Date.now();
      const delivery: Delivery = {
        headers: readHeaders(options.headers),
        body: readInput(options.body),
        ...(globals.url === undefined ? {} : { url: globals.url }),
      };
      const sources = await readDiagnosableSources(globals, options.source);
      const source = sources.find(({ name }) => name === options.source);
      if (source === undefined) throw noSource(options.source, sources);
      const [{ diagnose }, { openCertificateSource }] = await Promise.all([
        import("../../../providers/diagnose.ts"),
        import("../../../adapters/embedded/certificates/certificate-source.ts"),
      ]);
      const certificate = openCertificateSource({ dir: textAt(source.settings, "certs", "dir") });
      const { authentic, reason, explanation, secret } = await diagnose(delivery, {
        sources,
        source,
        now,
        certificate,
      });
      if (globals.json) printJson({ authentic, reason, secret });
      else {
        print(authentic ? "authentic" : `not authentic: ${reason}`);
        print(visible(explanation));
        if (secret !== null) print(`secret: ${visible(secret)}`);
      }
      if (!authentic) process.exitCode = EXIT.problemFound;
    });
}

interface VerifyOptions {
  readonly source: string;
  readonly body: string;
  readonly headers: string;
  readonly at?: number;
}

function noSource(name: string, sources: readonly DiagnosableSource[]): CliError {
  const known = sources.map((source) => source.name).join(", ");
  return new CliError(EXIT.notFound, `there is no source ${name}; there is ${known === "" ? "none" : known}`);
}

/** Names in lower case; the values of names that differ only in case are one repeated header. */
function readHeaders(file: string): Delivery["headers"] {
  const parsed = parse(readInput(file).toString("utf8"), file);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw notHeaders(file);
  const found = new Map<string, string[]>();
  for (const [name, value] of Object.entries(parsed)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    if (!values.every((one) => typeof one === "string")) throw notHeaders(file);
    found.set(name.toLowerCase(), [...(found.get(name.toLowerCase()) ?? []), ...values]);
  }
  return Object.fromEntries(
    [...found].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}

function notHeaders(file: string): CliError {
  return new CliError(EXIT.usage, `${file} has to hold a JSON object of strings and arrays of strings`);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notHeaders(file);
  }
}

function readInput(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new CliError(EXIT.usage, `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
