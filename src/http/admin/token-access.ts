import { createHash, timingSafeEqual } from "node:crypto";
import type { AdminToken } from "../../config/config.ts";
import type { Alerts } from "../../ports/alerts.ts";
import type { AuditLog } from "../../ports/audit-log.ts";
import type { Clock } from "../../ports/clock.ts";
import { createTokenBuckets } from "../token-buckets.ts";
import type { Access, Admission, Peer, Principal } from "./access.ts";
import { isLoopbackAddress, isSameOrigin, namesListener } from "./local-names.ts";

export interface TokenAccessDeps {
  /** Asked at each request. Without any, everybody on loopback is `local` and may operate; nobody else is let in. */
  readonly tokens: () => readonly AdminToken[];
  /** What the listener is bound to, as configured. */
  readonly host: string;
  readonly clock: Clock;
  readonly audit: Pick<AuditLog, "append">;
  readonly alerts: Alerts;
  /** An audit record that could not be written. The decision stands. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Bearer tokens over HTTP. In this order: the `Host` (421), the token (401), its role (403), the `Origin` of what
 * changes something (403).
 *
 * Refusals spend a credit, 10 per remote address and 100 in all, one back every 6 s and every second. Once they are
 * spent, a bad token is answered 429 and no longer audited: a flood must not fill the audit. A good token always works,
 * so that nobody can lock the operators out; guessing is no danger to secrets of 16 bytes and more.
 * Each use of a token is audited at most once a minute.
 */
export function tokenAccess(deps: TokenAccessDeps): Access {
  const perAddress = createTokenBuckets(deps.clock);
  const inAll = createTokenBuckets(deps.clock);
  const lastUse = new Map<string, number>();
  let lastAlert = Number.NEGATIVE_INFINITY;

  return {
    async admit(request, peer, need) {
      const named = namesListener(request.headers.get("host"), deps.host);
      if (need === "nothing") return named ? ANYBODY : refuse(request, peer, "host", NOT_OURS);
      if (!named) return refuse(request, peer, "host", NOT_OURS);
      const tokens = deps.tokens();
      if (tokens.length === 0 && !isLoopbackAddress(peer.remoteAddress ?? "")) {
        return refuse(request, peer, "not_local", FORBIDDEN_AWAY);
      }
      const presented = bearerIn(request.headers.get("authorization"));
      const principal = tokens.length === 0 ? LOCAL : presented === null ? null : ownerOf(presented, tokens);
      if (principal === null) return refuseToken(request, peer, presented === null);
      if (need === "operate" && principal.role !== "operate") {
        return refuse(request, peer, "role", FORBIDDEN_ROLE, principal.name);
      }
      if (need === "operate" && !isSameOrigin(request)) {
        return refuse(request, peer, "origin", FORBIDDEN_ORIGIN, principal.name);
      }
      if (principal !== LOCAL) await noteUse(principal, request);
      return { kind: "admitted", principal };
    },
  };

  async function refuseToken(request: Request, peer: Peer, missing: boolean): Promise<Admission> {
    const waitMs = spend(peer);
    if (waitMs === 0) await record(ANONYMOUS, "token.refused", request, missing ? "missing" : "bad_token");
    else if (!missing) {
      await raiseAlert(request);
      return { ...TOO_MANY, retryAfter: Math.ceil(waitMs / 1000) };
    }
    return missing ? NO_TOKEN : BAD_TOKEN;
  }

  async function refuse(request: Request, peer: Peer, why: string, refusal: Admission, actor = ANONYMOUS) {
    if (spend(peer) === 0) await record(actor, "token.refused", request, why);
    return refusal;
  }

  /** 0 when there was a credit, else the milliseconds until there is one. */
  function spend(peer: Peer): number {
    const own = perAddress.take(peer.remoteAddress ?? "", { perSecond: 1 / 6, burst: 10 });
    return own > 0 ? own : inAll.take("", { perSecond: 1, burst: 100 });
  }

  async function noteUse(principal: Principal, request: Request): Promise<void> {
    const now = deps.clock.monotonic();
    if (now - (lastUse.get(principal.name) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    lastUse.set(principal.name, now);
    await record(principal.name, "token.used", request, "admitted");
  }

  async function raiseAlert(request: Request): Promise<void> {
    const now = deps.clock.monotonic();
    if (now - lastAlert < 60_000) return;
    lastAlert = now;
    deps.alerts.raise("auth.failures", "admin", "Many bad tokens; further ones are not audited one by one.");
    await record(ANONYMOUS, "token.refused", request, "too_many");
  }

  async function record(actor: string, action: string, request: Request, outcome: string): Promise<void> {
    const target = `${request.method} ${new URL(request.url).pathname}`.slice(0, 200);
    await deps.audit.append({ actor, action, target, outcome }).catch(deps.onFault);
  }
}

const LOCAL: Principal = { name: "local", role: "operate" };
const ANONYMOUS = "anonymous";
const ANYBODY: Admission = { kind: "admitted", principal: { name: ANONYMOUS, role: "read" } };
const NO_TOKEN: Admission = { kind: "refused", status: 401, detail: "A bearer token is needed." };
const BAD_TOKEN: Admission = { kind: "refused", status: 401, detail: "The bearer token is not known." };
const TOO_MANY = { kind: "refused", status: 429, detail: "Too many bad tokens." } as const;
const NOT_OURS: Admission = { kind: "refused", status: 421, detail: "The Host header names no listener here." };
const FORBIDDEN_AWAY: Admission = { kind: "refused", status: 403, detail: "Without tokens only loopback is served." };
const FORBIDDEN_ROLE: Admission = { kind: "refused", status: 403, detail: "This needs a token with role operate." };
const FORBIDDEN_ORIGIN: Admission = { kind: "refused", status: 403, detail: "The request comes from another origin." };

function bearerIn(header: string | null): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? null;
}

// Hashes are of one length and every token is looked at, so the time says nothing about any of them.
function ownerOf(presented: string, tokens: readonly AdminToken[]): Principal | null {
  const hash = digest(presented);
  let owner: Principal | null = null;
  for (const { name, role, secret } of tokens) if (timingSafeEqual(digest(secret), hash)) owner = { name, role };
  return owner;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
