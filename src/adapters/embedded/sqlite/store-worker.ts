import { parentPort, workerData } from "node:worker_threads";
import { openReader, type Reader } from "./reader.ts";
import type { DriverName } from "./sqlite-driver.ts";
import { openWriter, type Refusal, refusal, type WriterCall, type WriterReply } from "./writer.ts";

/**
 * The thread that holds a database connection, so that a sync never stops the HTTP thread. Started twice: once as the
 * writer, which runs what it is sent in one transaction each, and once as the reader, which answers one call each.
 */
export interface WorkerSetup {
  readonly role: "writer" | "reader";
  readonly path: string;
  readonly driver: DriverName | undefined;
}

export type ReaderCall = { readonly name: Exclude<keyof Reader, "close">; readonly args: readonly unknown[] };

/** Payloads come as one transferred block, because a copied view would drag its whole buffer along. */
export interface PackedBatch {
  readonly batch: readonly WriterCall[];
  /** For each `store` call in turn, how many bytes of `bodies` are its payload. */
  readonly lengths: readonly number[];
  readonly bodies: Uint8Array;
}

export type WorkerRequest = PackedBatch | ReaderCall | "purge" | "close";

/** What the thread says: that it is open (or why not), the replies to one request, or that something may be due. */
export interface WorkerMessage {
  readonly opened?: true;
  readonly closed?: true;
  readonly failed?: Refusal;
  readonly replies?: readonly WriterReply[];
  readonly notice?: { readonly queue: boolean; readonly outbox: boolean };
  readonly depth?: number;
}

const port = parentPort;
if (port === null) throw new Error("store-worker.ts runs as a worker thread only");
const { role, path, driver } = workerData as WorkerSetup;

try {
  if (role === "writer") serveWriter(path, driver);
  else serveReader(path, driver);
} catch (error) {
  port.postMessage({ failed: refusal(error) });
  port.close();
}

// As long without a batch, and what was put off is written.
const REST_MS = 100;

function serveWriter(path: string, driver: DriverName | undefined): void {
  let due = { queue: false, outbox: false };
  let busy = false;
  let rest: NodeJS.Timeout | null = null;
  const writer = openWriter(path, { queue: () => note("queue"), outbox: () => note("outbox") }, driver);
  port?.on("message", (message: WorkerRequest) => {
    if (message === "close") {
      if (rest !== null) clearTimeout(rest);
      writer.close();
      port?.postMessage({ closed: true });
      port?.close();
    } else if (message === "purge") {
      port?.postMessage({ replies: [writer.purge()] });
    } else if ("batch" in message) {
      busy = true;
      const replies = writer.execute(unpack(message));
      busy = false;
      tell({ replies });
      rest ??= setTimeout(catchUp, REST_MS);
      rest.refresh();
    }
  });
  port?.postMessage({ opened: true, depth: writer.depth() });

  function catchUp(): void {
    busy = true;
    writer.catchUp();
    busy = false;
  }

  /** Inside a batch it goes out with the replies; a timer's has a message of its own. */
  function note(what: "queue" | "outbox"): void {
    due[what] = true;
    if (!busy) tell({});
  }

  function tell(message: WorkerMessage): void {
    const notice = due.queue || due.outbox ? { notice: due } : {};
    port?.postMessage({ ...message, ...notice, depth: writer.depth() });
    due = { queue: false, outbox: false };
  }
}

function unpack({ batch, lengths, bodies }: PackedBatch): readonly WriterCall[] {
  let offset = 0;
  let index = 0;
  return batch.map((call) => {
    if (call.name !== "store") return call;
    const length = lengths[index++] ?? 0;
    const payload = bodies.subarray(offset, offset + length);
    offset += length;
    const [delivery, , at] = call.args;
    return { name: "store", args: [delivery, payload, at] };
  });
}

function serveReader(path: string, driver: DriverName | undefined): void {
  const reader = openReader(path, driver);
  port?.on("message", (message: WorkerRequest) => {
    if (message === "close") {
      reader.close();
      port?.postMessage({ closed: true });
      port?.close();
    } else if (typeof message === "object" && "name" in message) {
      try {
        const value = (reader[message.name] as (...args: readonly unknown[]) => unknown)(...message.args);
        port?.postMessage({ replies: [{ values: [value] }] });
      } catch (error) {
        port?.postMessage({ replies: [refusal(error)] });
      }
    }
  });
  port?.postMessage({ opened: true, depth: 0 });
}
