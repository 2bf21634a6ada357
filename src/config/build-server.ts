import type { z } from "zod";
import { type BuildContext, secretAt } from "./build-context.ts";
import type { AdminToken, Config } from "./config.ts";
import { formatPath } from "./key-path.ts";
import { sectionSchemas } from "./schema.ts";
import { validate } from "./validate.ts";
import { valueAt } from "./value-at.ts";

type ServerSection = z.output<typeof sectionSchemas.server>;

/** The two listeners; undefined after a problem. */
export function buildServer(context: BuildContext): Config["server"] | undefined {
  const written = valueAt(context.tree, "server");
  const parsed = validate(sectionSchemas.server, written, ["server"], context);
  checkAccess(valueAt(written, "admin"), context);
  if (parsed === undefined) return undefined;
  const { ingest, admin, shutdownGrace } = parsed;
  if (ingest.port !== 0 && ingest.port === admin.port && overlap(ingest.host, admin.host)) {
    context.problems.add(["server", "admin", "port"], "must differ from server.ingest.port");
  }
  return {
    ingest,
    admin: { host: admin.host, port: admin.port, tokens: buildTokens(admin, context) },
    shutdownGraceMs: shutdownGrace,
  };
}

const TOKENS = ["server", "admin", "tokens"];

/** Takes what is written, whatever else is wrong with it, so that a person hears of everything at once. */
function checkAccess(admin: unknown, { problems, secrets }: BuildContext): void {
  const [host, tokens = []] = [valueAt(admin, "host"), valueAt(admin, "tokens")];
  if (typeof host !== "string" || isLoopback(host) || !Array.isArray(tokens)) return;
  if (tokens.every((_, index) => secrets.get(formatPath([...TOKENS, index, "secret"]))?.kind === "absent")) {
    problems.add(TOKENS, "at least one is required when server.admin.host is not a loopback address");
  }
}

function buildTokens({ tokens }: ServerSection["admin"], context: BuildContext): readonly AdminToken[] {
  const built: AdminToken[] = [];
  for (const [index, { name, role, secret: entry }] of tokens.entries()) {
    if (tokens.findIndex((token) => token.name === name) < index) {
      context.problems.add([...TOKENS, index, "name"], "is the name of another token");
    }
    const secret = secretAt([...TOKENS, index, "secret"], entry, context);
    if (secret === null) continue;
    if (built.some((token) => token.secret === secret.value)) {
      context.problems.add([...TOKENS, index, "secret"], "is the secret of another token");
    }
    context.written.set(formatPath([...TOKENS, built.length, "secret"]), secret.ref);
    built.push({ name, role, secret: secret.value });
  }
  return built;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function overlap(one: string, other: string): boolean {
  return one === other || [one, other].some((host) => host === "0.0.0.0" || host === "::");
}
