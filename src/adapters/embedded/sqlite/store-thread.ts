import { Worker } from "node:worker_threads";
import { StoreError } from "../../../domain/errors.ts";
import type { Reader } from "./reader.ts";
import type { ReaderCall, WorkerMessage, WorkerRequest, WorkerSetup } from "./store-worker.ts";
import type { Refusal, WriterCall, WriterCalls, WriterReply } from "./writer.ts";

/** The writing thread. Calls made while a commit runs share the next one. */
export interface WriterThread {
  call<Name extends keyof WriterCalls>(
    name: Name,
    ...args: Parameters<WriterCalls[Name]>
  ): Promise<ReturnType<WriterCalls[Name]>>;
  /** See `Writer.purge`. */
  purge(): Promise<void>;
  /** Events in the queue, as of the last commit. */
  depth(): number;
  close(): Promise<void>;
}

export interface ReaderThread {
  call<Name extends ReaderCall["name"]>(
    name: Name,
    ...args: Parameters<Reader[Name]>
  ): Promise<ReturnType<Reader[Name]>>;
  close(): Promise<void>;
}

// One batch commits while the next one waits in the thread's mailbox, so that the disk is never idle.
const IN_FLIGHT = 2;
// A larger batch would make its first event wait for its last.
const MAX_BATCH = 512;
const EMPTY = new Uint8Array(0);

/** Opens the store for writing in a thread of its own. Rejects with a `StoreError`. */
export async function openWriterThread(
  workerUrl: URL,
  setup: Omit<WorkerSetup, "role">,
  onNotice: (notice: { readonly queue: boolean; readonly outbox: boolean }) => void,
  onDeath: () => void,
): Promise<WriterThread> {
  const waiting: { call: WriterCall; settle: Settle }[] = [];
  const sent: Settle[][] = [];
  let depth = 0;
  let scheduled = false;
  let closing = false;
  const thread = await openThread(workerUrl, { ...setup, role: "writer" }, (message) => {
    depth = message.depth ?? depth;
    if (message.replies !== undefined) {
      const settles = sent.shift() ?? [];
      for (const [index, settle] of settles.entries()) settleWith(settle, message.replies, index);
      if (waiting.length > 0) flush();
    }
    if (message.notice !== undefined) onNotice(message.notice);
  });
  thread.onDeath(() => {
    for (const settle of sent.splice(0).flat()) settle.refused(DEAD);
    for (const { settle } of waiting.splice(0)) settle.refused(DEAD);
    if (!closing) onDeath();
  });
  depth = thread.depth;

  return {
    call(name, ...args) {
      return new Promise((resolve, reject) => {
        if (thread.dead()) {
          reject(errorOf(DEAD));
          return;
        }
        waiting.push({ call: { name, args } as WriterCall, settle: { resolve, refused: refuser(reject) } });
        // Everything that the same turn of the event loop brings goes into one batch.
        if (!scheduled && sent.length < IN_FLIGHT) {
          scheduled = true;
          setImmediate(flush);
        }
      });
    },
    purge() {
      return new Promise((resolve, reject) => {
        if (thread.dead()) {
          reject(errorOf(DEAD));
          return;
        }
        sent.push([{ resolve: resolve as (value: never) => void, refused: refuser(reject) }]);
        thread.post("purge", []);
      });
    },
    depth: () => depth,
    close() {
      closing = true;
      return thread.close();
    },
  };

  function flush(): void {
    scheduled = false;
    while (waiting.length > 0 && sent.length < IN_FLIGHT) {
      const batch = waiting.splice(0, MAX_BATCH);
      sent.push(batch.map(({ settle }) => settle));
      const request = pack(batch.map(({ call }) => call));
      thread.post(request, [request.bodies.buffer as ArrayBuffer]);
    }
  }
}

/** Opens the store for reading in a thread of its own. Rejects with a `StoreError`. */
export async function openReaderThread(workerUrl: URL, setup: Omit<WorkerSetup, "role">): Promise<ReaderThread> {
  const sent: Settle[] = [];
  const thread = await openThread(workerUrl, { ...setup, role: "reader" }, (message) => {
    const settle = message.replies === undefined ? undefined : sent.shift();
    if (settle !== undefined) settleWith(settle, message.replies ?? [], 0);
  });
  thread.onDeath(() => {
    for (const settle of sent.splice(0)) settle.refused(DEAD);
  });
  return {
    call(name, ...args) {
      return new Promise((resolve, reject) => {
        if (thread.dead()) {
          reject(errorOf(DEAD));
          return;
        }
        sent.push({ resolve, refused: refuser(reject) });
        thread.post({ name, args } as ReaderCall, []);
      });
    },
    close: () => thread.close(),
  };
}

interface Settle {
  resolve(value: never): void;
  refused(refusal: Refusal): void;
}

const DEAD: Refusal = { fault: "unavailable", message: "The store's thread has ended." };

function refuser(reject: (error: Error) => void): Settle["refused"] {
  return (refusal) => reject(errorOf(refusal));
}

/** One reply stands for the whole batch, unless each call has one of its own. */
function settleWith(settle: Settle, replies: readonly WriterReply[], index: number): void {
  const own = replies.length > 1;
  const reply = replies[own ? index : 0] ?? DEAD;
  if ("fault" in reply) settle.refused(reply);
  else settle.resolve(reply.values[own ? 0 : index] as never);
}

function errorOf({ fault, message }: Refusal): Error {
  return fault === "bug" ? new Error(message) : new StoreError(fault, message);
}

function pack(calls: readonly WriterCall[]): { batch: WriterCall[]; lengths: number[]; bodies: Uint8Array } {
  const lengths: number[] = [];
  const payloads: Uint8Array[] = [];
  const batch = calls.map((call): WriterCall => {
    if (call.name !== "store") return call;
    const [delivery, payload, at] = call.args;
    lengths.push(payload.byteLength);
    payloads.push(payload);
    return { name: "store", args: [delivery, EMPTY, at] };
  });
  const bodies = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const payload of payloads) {
    bodies.set(payload, offset);
    offset += payload.byteLength;
  }
  return { batch, lengths, bodies };
}

interface Thread {
  post(request: WorkerRequest, transfer: ArrayBuffer[]): void;
  readonly depth: number;
  dead(): boolean;
  onDeath(listener: () => void): void;
  close(): Promise<void>;
}

function openThread(workerUrl: URL, setup: WorkerSetup, onMessage: (message: WorkerMessage) => void): Promise<Thread> {
  const worker = new Worker(workerUrl, { workerData: setup });
  let dead = false;
  let onDeath = () => {};
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      dead = true;
      onDeath();
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    worker.on("error", (error) => reject(new StoreError("unavailable", `The store's thread failed: ${error.message}`)));
    worker.on("message", (message: WorkerMessage) => {
      if (message.failed !== undefined) reject(errorOf(message.failed));
      else if (message.opened === undefined) onMessage(message);
      else {
        resolve({
          post: (request, transfer) => worker.postMessage(request, transfer),
          depth: message.depth ?? 0,
          dead: () => dead,
          onDeath: (listener) => {
            onDeath = listener;
          },
          close: () => {
            if (!dead) worker.postMessage("close");
            return ended;
          },
        });
      }
    });
    void ended.then(() => reject(new StoreError("unavailable", "The store's thread ended before it was open.")));
  });
}
