// What Strongroom is measured against: `bare` reads the body and answers; `checked` verifies the signature and parses too.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { SECRET } from "./stripe-requests.mjs";

const checked = process.argv[2] === "checked";
const ANSWER = '{"received":true}';

createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const body = Buffer.concat(chunks);
    let status = 200;
    if (checked) {
      const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(req.headers["stripe-signature"]) ?? [];
      const expected = createHmac("sha256", SECRET).update(`${t}.`).update(body).digest();
      status = timingSafeEqual(expected, Buffer.from(v1, "hex")) ? 200 : 401;
      JSON.parse(body.toString());
    }
    res.writeHead(status, { "content-type": "application/json", "content-length": ANSWER.length });
    res.end(ANSWER);
  });
}).listen(0, "127.0.0.1", function () {
  console.log(JSON.stringify({ port: this.address().port }));
});
