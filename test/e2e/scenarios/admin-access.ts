import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { eventPath } from "./asking.ts";
import { startOwnInbox } from "./own-inbox.ts";

/** Who may ask the admin API for what. */
export function adminAccessScenarios(): void {
  describe("the admin listener with tokens", () => {
    const TOKENS = { OPS: "ops_0123456789abcdef0123", VIEWER: "viewer_0123456789abcdef" };
    const tokens = [
      { name: "ops", role: "operate", secret: "${env:OPS}" },
      { name: "viewer", role: "read", secret: "${env:VIEWER}" },
    ];
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

    it("lets in who has one, as far as its role goes, under its own name and from its own origin", async () => {
      const { inbox } = await startOwnInbox({ server: { admin: { tokens } } }, { env: TOKENS });
      const [ops, viewer] = [bearer(TOKENS.OPS), bearer(TOKENS.VIEWER)];
      const call = (method: string, path: string, headers: Record<string, string>) =>
        ask(inbox.adminUrl, method, path, headers);
      const replay = `${eventPath("stripe:none")}/replay`;
      const { host } = new URL(inbox.adminUrl);

      for (const path of ["/livez", "/readyz", "/metrics"])
        expect([path, (await call("GET", path, {})).status]).toEqual([path, 200]);
      expect((await call("GET", "/api/events", viewer)).status).toBe(200);
      expect((await call("POST", replay, ops)).status).toBe(404);
      expect((await call("POST", replay, { ...ops, origin: `http://${host}` })).status).toBe(404);

      expect((await call("GET", "/api/events", {})).status).toBe(401);
      expect((await call("GET", "/api/events", bearer("wrong_0123456789abcdef"))).status).toBe(401);
      expect((await call("POST", replay, viewer)).status).toBe(403);
      expect((await call("DELETE", eventPath("stripe:none"), viewer)).status).toBe(403);
      expect((await call("POST", replay, { ...ops, origin: "https://evil.example" })).status).toBe(403);
      for (const path of ["/api/events", "/metrics"]) {
        expect([path, (await call("GET", path, { ...ops, host: "evil.example" })).status]).toEqual([path, 421]);
      }

      const audit = JSON.parse((await call("GET", "/api/audit", ops)).text).items as Record<string, string>[];
      const seen = audit.map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`);
      for (const line of [
        "viewer token.used admitted",
        "ops token.used admitted",
        "anonymous token.refused missing",
        "anonymous token.refused bad_token",
        "viewer token.refused role",
        "ops token.refused origin",
        "anonymous token.refused host",
      ]) {
        expect(seen).toContain(line);
      }

      const statuses = [];
      for (let n = 0; n < 15; n++)
        statuses.push((await call("GET", "/api/events", bearer(`guess_0123456789abcd${n}`))).status);
      expect(statuses.at(-1)).toBe(429);
      expect((await call("GET", "/api/events", ops)).status).toBe(200);
    }, 60_000);
  });
}

/** Like `fetch`, with any host header. */
function ask(adminUrl: string, method: string, path: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const call = request(adminUrl + path, { method, headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, text });
    });
    call.on("error", reject).end();
  });
}
