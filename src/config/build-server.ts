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
  const parsed = validate(sectionSchemas.server, valueAt(context.tree, "server"), ["server"], context);
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

function buildTokens({ host, tokens }: ServerSection["admin"], context: BuildContext): readonly AdminToken[] {
  const path = ["server", "admin", "tokens"];
  if (!isLoopback(host) && tokens.every((_, index) => isUnset(index))) {
    context.problems.add(path, "at least one is required when server.admin.host is not a loopback address");
  }
  const built: AdminToken[] = [];
  for (const [index, { name, role, secret: entry }] of tokens.entries()) {
    if (tokens.findIndex((token) => token.name === name) < index) {
      context.problems.add([...path, index, "name"], "is the name of another token");
    }
    const secret = secretAt([...path, index, "secret"], entry, context);
    if (secret === null) continue;
    if (built.some((token) => token.secret === secret.value)) {
      context.problems.add([...path, index, "secret"], "is the secret of another token");
    }
    context.written.set(formatPath([...path, built.length, "secret"]), secret.ref);
    built.push({ name, role, secret: secret.value });
  }
  return built;

  function isUnset(index: number): boolean {
    return context.secrets.get(formatPath([...path, index, "secret"]))?.kind === "absent";
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function overlap(one: string, other: string): boolean {
  return one === other || [one, other].some((host) => host === "0.0.0.0" || host === "::");
}
