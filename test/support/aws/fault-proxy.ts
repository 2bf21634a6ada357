import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type AwsCall, identify, type Service } from "./aws-call.ts";
import { askForCapacity, capacityOf } from "./consumed-capacity.ts";
import { forward } from "./forward-request.ts";
import { type ServiceErrorKind, serviceError, type WireAnswer } from "./service-error.ts";
import type { Endpoints } from "./stack.ts";

/** Stands between functions and the emulators: counts every call and lets chosen ones fail. */
export interface FaultProxy {
  /** One port per service. */
  readonly endpoints: Endpoints;
  /** Every call since the start or the last `clear`, in the order of arrival. */
  calls(): readonly AwsCall[];
  /** Forgets them; the next call is number 0 again. */
  clear(): void;
  /** From now on decides about every call, before it is forwarded; null ends it. */
  plan(decide: ((call: AwsCall) => Fault | null) | null): void;
  stop(): Promise<void>;
}

export type Fault =
  /** It never reaches the service: the connection breaks, or the service refuses. */
  | { readonly kind: "fail-before"; readonly as: "reset" | ServiceErrorKind }
  /** It takes effect, and the connection breaks before the answer. */
  | { readonly kind: "fail-after" }
  /** It takes effect at once; the answer is held for so many milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** `kill` is called before, or after, it takes effect; then the connection breaks. */
  | { readonly kind: "kill-before" | "kill-after"; readonly kill: () => void };

type MutableCall = { -readonly [Key in keyof AwsCall]: AwsCall[Key] };

export async function startFaultProxy(targets: Endpoints): Promise<FaultProxy> {
  let calls: MutableCall[] = [];
  let decide: (call: AwsCall) => Fault | null = () => null;
  const servers: Server[] = [];
  const started = await Promise.all(
    (Object.entries(targets) as [Service, string][]).map(async ([service, target]) => {
      const server = createServer((request, response) => {
        serve(service, target, request, response).catch(() => request.socket.destroy());
      });
      // Longer than a function stays frozen in a test: a call on a connection closed meanwhile would be made twice.
      server.keepAliveTimeout = 60_000;
      servers.push(server);
      await once(server.listen(0, "127.0.0.1"), "listening");
      return [service, `http://127.0.0.1:${(server.address() as AddressInfo).port}`] as const;
    }),
  );

  return {
    endpoints: Object.fromEntries(started) as Record<Service, string>,
    calls: () => calls,
    clear() {
      calls = [];
    },
    plan(next) {
      decide = next ?? (() => null);
    },
    async stop() {
      const closed = servers.map((server) => once(server.close(), "close"));
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closed);
    },
  };

  async function serve(
    service: Service,
    target: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const call: MutableCall = {
      index: calls.length,
      service,
      ...identify(service, request, body),
      outcome: "under way",
      capacity: [],
    };
    calls.push(call);
    const fault = decide(call);
    if (fault?.kind === "fail-before" && fault.as !== "reset") {
      call.outcome = "refused";
      return send(response, serviceError(service, fault.as));
    }
    if (fault?.kind === "kill-before" || fault?.kind === "fail-before") {
      if (fault.kind === "kill-before") fault.kill();
      call.outcome = "refused";
      request.socket.resetAndDestroy();
      return;
    }
    // Until the answer is there, it may or may not have taken effect.
    call.outcome = "lost";
    const asked =
      service === "dynamodb" ? Buffer.from(JSON.stringify(askForCapacity(call.operation, call.input))) : body;
    const answer = await forward(target, request, asked);
    if (service === "dynamodb")
      call.capacity = capacityOf(call.operation, call.input, JSON.parse(answer.body.toString() || "{}"));
    if (fault?.kind === "kill-after" || fault?.kind === "fail-after") {
      if (fault.kind === "kill-after") fault.kill();
      request.socket.resetAndDestroy();
      return;
    }
    if (fault?.kind === "delay") await wait(fault.ms);
    call.outcome = answer.status < 400 ? "answered" : "failed";
    send(response, answer);
  }
}

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.end(body);
}
