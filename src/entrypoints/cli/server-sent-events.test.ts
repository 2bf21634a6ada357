import { expect, it } from "vitest";
import { readServerSentEvents } from "./server-sent-events.ts";

it("reads events however the stream is cut, and passes comments over", async () => {
  const text = ': hello\n\nevent: received\nid: 1\ndata: {"a":"ë"}\n\ndata: one\r\ndata:two\r\n\r\ndata: unfinished';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const found = [];
    for await (const message of readServerSentEvents(stream)) found.push(message);
    expect(found).toEqual([
      { event: "received", data: '{"a":"ë"}' },
      { event: "message", data: "one\ntwo" },
    ]);
  }
});
