import type { EmbeddedStore } from "../../../src/adapters/embedded/sqlite/store.ts";
import { StoreError } from "../../../src/domain/errors.ts";

/** `before`: the call fails and did nothing. `after`: it did its work and fails. `delayed`: it takes its time. */
export type FaultKind = "before" | "after" | "delayed";

/** Strikes one call. */
export interface Fuse {
  readonly kind: FaultKind;
  /** `port.method` */
  readonly call: string;
  /** Which of its calls, from 1; 0 for none. */
  readonly index: number;
  struck: boolean;
  /** How often it was called. */
  calls: number;
  /** Calls of all ports. */
  all: number;
}

export function fuseOf(kind: FaultKind, call: string, index: number): Fuse {
  return { kind, call, index, struck: false, calls: 0, all: 0 };
}

const PORTS = ["events", "queue", "ledger", "outbox", "deadLetters"] as const;
// They give their answer at once and cannot fail.
const AT_ONCE = new Set<PropertyKey>(["depth", "onReady"]);
const DELAY_MS = 60;

export type FaultyStore = Pick<EmbeddedStore, (typeof PORTS)[number]>;

/** The ports of a store, of whose calls one goes wrong. */
export function faultyStore(store: EmbeddedStore, fuse: Fuse): FaultyStore {
  return Object.fromEntries(PORTS.map((name) => [name, faultyPort(name, store[name], fuse)])) as unknown as FaultyStore;
}

function faultyPort<Port extends object>(name: string, port: Port, fuse: Fuse): Port {
  return new Proxy(port, {
    get(target, method) {
      const call = Reflect.get(target, method) as (...args: unknown[]) => Promise<unknown>;
      if (AT_ONCE.has(method)) return call;
      return async (...args: unknown[]) => {
        fuse.all++;
        if (fuse.call !== `${name}.${String(method)}` || ++fuse.calls !== fuse.index) return call(...args);
        fuse.struck = true;
        if (fuse.kind === "before") throw new StoreError("unavailable", "struck before it took effect");
        if (fuse.kind === "delayed") await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
        const value = await call(...args);
        if (fuse.kind === "after") throw new StoreError("unavailable", "struck after it took effect");
        return value;
      };
    },
  });
}
