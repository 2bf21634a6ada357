// A small load generator: keep-alive sockets, one request at a time on each, requests made beforehand.
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

/** Sends every request once over `connections` sockets. Latencies are in milliseconds. */
export async function load(port, requests, connections) {
  const latencies = new Float64Array(requests.length);
  const statuses = new Map();
  let next = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, () => oneSocket()));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort();
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))];
  return { perSecond: requests.length / seconds, p50: at(0.5), p99: at(0.99), statuses: Object.fromEntries(statuses) };

  function oneSocket() {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.setNoDelay(true);
      let mine = -1;
      let sentAt = 0;
      let pending = "";
      const send = () => {
        if (next >= requests.length) {
          socket.end();
          resolve();
          return;
        }
        mine = next++;
        sentAt = performance.now();
        socket.write(requests[mine]);
      };
      socket.on("connect", send);
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        pending += chunk.latin1Slice();
        const head = pending.indexOf("\r\n\r\n");
        if (head < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
        if (pending.length < head + 4 + length) return;
        const status = pending.slice(9, 12);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        pending = "";
        latencies[mine] = performance.now() - sentAt;
        send();
      });
    });
  }
}
