import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which a test says exactly which bytes go out and when. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** Everything received once it matches; rejects when the connection ends or two seconds pass before. */
  until(pattern: RegExp): Promise<string>;
  /** Everything received by the time the server has closed the connection. */
  closed(): Promise<string>;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: false });
  let received = "";
  let ended = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    wake();
  });
  socket.on("error", (error) => {
    received += `<<${(error as NodeJS.ErrnoException).code}>>`;
  });
  socket.on("close", () => {
    ended = true;
    wake();
  });
  await once(socket, "connect");

  const wait = (what: string, holds: () => boolean) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => settle(), 4000);
      const settle = () => {
        clearTimeout(timer);
        waiting.delete(check);
        if (holds()) resolve(received);
        else reject(new Error(`${what} did not come; received ${JSON.stringify(received)}`));
      };
      const check = () => {
        if (ended || holds()) settle();
      };
      waiting.add(check);
      check();
    });

  return {
    socket,
    send: (text) => void socket.write(text),
    until: (pattern) => wait(String(pattern), () => pattern.test(received)),
    closed: () => wait("the end of the connection", () => ended),
  };
}

/** The status codes of all answers in what a connection received. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
