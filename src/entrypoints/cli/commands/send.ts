import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { Config, SourceConfig } from "../../../config/config.ts";
import { exponentOf, parseMajor, readCurrency } from "../../../domain/money.ts";
import type { Sampler } from "../../../providers/samples/sampler.ts";
import { devSigningKey } from "../dev-files.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Globals, globalsOf } from "../globals.ts";
import { setAtPointer } from "../json-pointer.ts";
import { addCommand, append, readCount, readUrl, STORE_EXITS } from "../manual.ts";
import { print, printJson } from "../output.ts";
import { readCliConfig } from "../read-config.ts";
import { type SampleDelivery, signDelivery, TAMPERINGS, type Tampering } from "../sample-delivery.ts";
import { visible } from "../terminal-text.ts";

export function addSend(program: Command): void {
  addCommand(program, "send", {
    summary: "Send a realistic event, signed as the source's provider signs, with the source's own secret.",
    exits: { 1: "not answered 200; with --tamper: accepted", 4: "no such source", 78: STORE_EXITS[78] },
    example: "strongroom send stripe payment.succeeded --amount 19.99 --currency EUR",
  })
    .argument("<source>", "a source of the configuration")
    .argument("[type]", "our type (payment.succeeded) or one of the provider's; not needed with --file")
    .option("--amount <amount>", "in major units", "19.99")
    .option("--currency <code>", "ISO 4217", "EUR")
    .option(
      "--id <id>",
      "the provider's event id; the same id in a later call is another body, so a conflict (--times sends true copies)",
    )
    .option("--transaction <id>", "the provider's payment id")
    .option("--set <pointer=value>", "set a value of the body by JSON Pointer; may be repeated", append)
    .option("--file <file>", "send this body instead of a made-up one (- is stdin)")
    .option("--times <n>", "send it so many times, each signed anew", readCount, 1)
    .addOption(new Option("--tamper <what>", "spoil it, and expect a refusal").choices(TAMPERINGS))
    .option("--to <url>", "where the inbox takes deliveries (default: the configured ingest port here)", readUrl)
    .option("--dry-run", "print the headers and the body, and send nothing")
    .action(async (name: string, type: string | undefined, options: SendOptions, command: Command) => {
      const globals = globalsOf(command);
      const config = await readCliConfig(globals);
      const source = sourceNamed(config, name);
      const { samplers } = await import("../../../providers/samples/index.ts");
      const sampler = samplers[source.provider];
      if (sampler === undefined) throw new CliError(EXIT.usage, `there are no samples of ${source.provider} yet`);
      const body = bodyOf(sampler, source, type, options);
      const sign = () => signed(sampler, source, body, config, options.tamper);
      const url = urlOf(config, name, options);
      if (options.dryRun) return show(globals, url, sign());
      for (let n = 0; n < options.times; n++) {
        const status = await post(globals, url, sign());
        const expected = options.tamper === undefined ? 200 : 401;
        if (status !== expected) process.exitCode = EXIT.failed;
      }
    });
}

interface SendOptions {
  readonly amount: string;
  readonly currency: string;
  readonly id?: string;
  readonly transaction?: string;
  readonly set?: readonly string[];
  readonly file?: string;
  readonly times: number;
  readonly tamper?: Tampering;
  readonly to?: string;
  readonly dryRun?: true;
}

function sourceNamed(config: Config, name: string): SourceConfig {
  const source = Object.hasOwn(config.sources, name) ? config.sources[name] : undefined;
  if (source !== undefined) return source;
  const known = Object.keys(config.sources).join(", ");
  throw new CliError(EXIT.notFound, `there is no source ${name}; there is ${known === "" ? "none" : known}`);
}

function bodyOf(sampler: Sampler, source: SourceConfig, type: string | undefined, options: SendOptions): Buffer {
  const body = options.file === undefined ? sampleOf(sampler, source, type, options) : readBody(options.file);
  const { set } = options;
  if (set === undefined) return body;
  return usage(() => {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    for (const assignment of set) {
      const at = assignment.indexOf("=");
      if (at < 0) throw new RangeError(`--set ${assignment}: has to be /pointer=value`);
      setAtPointer(parsed, assignment.slice(0, at), jsonOrText(assignment.slice(at + 1)));
    }
    return Buffer.from(JSON.stringify(parsed, null, 2));
  });
}

function sampleOf(sampler: Sampler, source: SourceConfig, type: string | undefined, options: SendOptions): Buffer {
  if (type === undefined) throw new CliError(EXIT.usage, "give the type of the event, or a body with --file");
  const own = (id: string | undefined) => (id?.startsWith(`${source.name}:`) ? id.slice(source.name.length + 1) : id);
  const eventId = own(options.id);
  const paymentId = own(options.transaction);
  return usage(() =>
    Buffer.from(
      sampler.body({
        type,
        ...readMoney(options),
        ...(eventId === undefined ? {} : { eventId }),
        ...(paymentId === undefined ? {} : { paymentId }),
        occurredAt: Date.now(),
      }),
    ),
  );
}

function readMoney(options: SendOptions): { amountMinor: bigint; currency: string } {
  const currency = readCurrency(options.currency);
  if (currency === null) throw new RangeError(`--currency ${options.currency}: is not an ISO 4217 code`);
  // The default fits every currency but those without decimals.
  const text = options.amount === "19.99" && exponentOf(currency) < 2 ? "1999" : options.amount;
  const amountMinor = parseMajor(text, currency);
  if (typeof amountMinor === "bigint") return { amountMinor, currency };
  throw new RangeError(`--amount ${options.amount}: ${amountMinor.replaceAll("_", " ")} for ${currency}`);
}

function readBody(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new CliError(EXIT.usage, `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function signed(
  sampler: Sampler,
  source: SourceConfig,
  body: Buffer,
  config: Config,
  tamper: Tampering | undefined,
): SampleDelivery {
  const key = devSigningKey(config);
  if (source.provider === "paypal" && key.signingKey === undefined) {
    throw new CliError(EXIT.usage, "only PayPal can sign for this source; the one of strongroom dev has its own key");
  }
  return usage(() => signDelivery(sampler, source, body, { now: Date.now(), key, tamper }));
}

function urlOf(config: Config, name: string, { to, dryRun }: SendOptions): string {
  const { host, port } = config.server.ingest;
  if (to === undefined && port === 0 && !dryRun)
    throw new CliError(EXIT.usage, "the ingest port is not fixed: give --to");
  const anywhere = host === "0.0.0.0" || host === "::";
  const base = new URL(to ?? `http://${anywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`);
  if (base.pathname === "/") base.pathname = `/webhooks/${name}`;
  return base.href;
}

function show(globals: Globals, url: string, { headers, body }: SampleDelivery): void {
  const text = Buffer.from(body).toString("utf8");
  if (globals.json) {
    printJson({ url, headers, body: text });
    return;
  }
  for (const [name, value] of Object.entries(headers)) print(`${name}: ${value}`);
  print("");
  print(text);
}

/** Sends one delivery, prints the answer and returns its status; 0 when there was none. */
async function post(globals: Globals, url: string, { headers, body }: SampleDelivery): Promise<number> {
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
  let response: Response;
  try {
    response = await fetch(url, { ...request, redirect: "manual", signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
    throw new CliError(EXIT.failed, `cannot reach ${new URL(url).origin}: ${cause?.code ?? (error as Error).message}`);
  }
  const text = await response.text();
  if (globals.json) printJson({ status: response.status, body: jsonOrText(text) });
  else print(`${response.status} ${visible(text)}`);
  return response.status;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the samples and the pointer refuse is the user's mistake. */
function usage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw new CliError(EXIT.usage, error.message);
    throw error;
  }
}
