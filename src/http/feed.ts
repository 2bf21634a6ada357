import type { Rejection } from "../ports/metrics.ts";

/** Something that an operator may want to see as it happens. Never payload. Times are RFC 3339 UTC. */
export type Notice =
  | { readonly kind: "accepted"; readonly at: string; readonly eventId: string; readonly duplicate: boolean }
  | { readonly kind: "processed"; readonly at: string; readonly eventId: string; readonly effect: string }
  | { readonly kind: "quarantined"; readonly at: string; readonly eventId: string; readonly reason: string }
  | { readonly kind: "dead"; readonly at: string; readonly eventId: string; readonly reason: string }
  | ({ readonly kind: "rejected" } & Rejection);

/** Tells whoever listens now. Nothing is kept for those who come later. */
export interface Feed {
  /** Costs next to nothing while nobody listens; `notice` is only called when somebody does. */
  publish(notice: () => Notice): void;
  /** Gives the function that ends the subscription. Listeners must not throw. */
  subscribe(listener: (notice: Notice) => void): () => void;
}

export function createFeed(): Feed {
  const listeners = new Set<(notice: Notice) => void>();

  return {
    publish(notice) {
      if (listeners.size === 0) return;
      const made = notice();
      for (const listener of listeners) listener(made);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
