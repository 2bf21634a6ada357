import type { Need } from "./route.ts";

/** Who asks. The name is what the audit shows. */
export interface Principal {
  readonly name: string;
  readonly role: "read" | "operate";
}

/** Where a request came from. Null for a call within the process. */
export interface Peer {
  readonly remoteAddress: string | null;
}

export type Admission =
  | { readonly kind: "admitted"; readonly principal: Principal }
  | {
      readonly kind: "refused";
      readonly status: 401 | 403 | 421 | 429;
      /** One sentence for the caller. */
      readonly detail: string;
      /** Seconds. */
      readonly retryAfter?: number;
    };

/** Decides who may call what. Has audited its refusals by the time it answers. */
export interface Access {
  admit(request: Request, peer: Peer, need: Need): Promise<Admission>;
}

/** For calls that do not come over a socket: whoever runs the process has the data directory anyway. */
export function grantTo(principal: Principal): Access {
  return { admit: async () => ({ kind: "admitted", principal }) };
}
