import { EventEmitter, once } from "node:events";
import { expect, it } from "vitest";
import { startAwsJsonServer } from "./aws-json-server.ts";
import { longPoll } from "./long-poll.ts";

it("takes nothing any more once its client has gone", async () => {
  const changes = new EventEmitter();
  const client = new AbortController();
  let attempts = 0;
  const attempt = () => {
    attempts += 1;
    // While the poll waits after its first attempt, the client goes; then there is something to take.
    if (attempts === 1) setImmediate(() => client.abort());
    return attempts === 1 ? [] : ["message"];
  };
  expect(await longPoll({ attempt, waitMs: 20_000, changes, signal: client.signal })).toEqual([]);
  expect(attempts).toBe(1);
  expect(changes.listenerCount("change")).toBe(0);
});

it("learns from the server that its client has gone", async () => {
  const seen = new EventEmitter();
  const server = await startAwsJsonServer({
    target: "AmazonSQS",
    version: "1.0",
    async answer({ signal }) {
      seen.emit("arrived");
      await once(signal, "abort");
      seen.emit("gone");
      return { status: 200, body: {} };
    },
  });
  const client = new AbortController();
  const [arrived, gone] = [once(seen, "arrived"), once(seen, "gone")];
  const headers = { "x-amz-target": "AmazonSQS.ReceiveMessage" };
  const request = fetch(server.endpoint, { method: "POST", headers, body: "{}", signal: client.signal });
  const failed = expect(request).rejects.toThrow();
  await arrived;
  client.abort();
  await Promise.all([failed, gone]);
  await server.stop();
});
