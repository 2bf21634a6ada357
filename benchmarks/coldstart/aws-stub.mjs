// AWS for the cold starts: answers every call that the functions make at once and the same way, in the services' own
// protocols, over HTTP and over HTTPS. It keeps nothing but the last input of each operation.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";

/** `secret` is what Secrets Manager holds under every name; `items` what a table (by its name) holds under every key. */
export async function startAwsStub({ secret, items, certificate }) {
  const inputs = new Map();
  const listener = async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status = 200, type, body } = answerTo(request, Buffer.concat(chunks).toString());
    response.writeHead(status, { "content-type": type, "x-amzn-requestid": "00000000-0000-4000-8000-000000000002" });
    response.end(body);
  };
  const servers = [createServer(listener), createTlsServer(certificate, listener)];
  for (const server of servers) server.listen(0, "127.0.0.1");
  await Promise.all(servers.map((server) => once(server, "listening")));
  const [http, https] = servers.map((server) => server.address().port);
  return {
    http: `http://127.0.0.1:${http}`,
    https: `https://127.0.0.1:${https}`,
    inputs,
    stop() {
      for (const server of servers) server.close().closeAllConnections();
    },
  };

  function answerTo({ method, headers }, text) {
    const [, operation] = headers["x-amz-target"]?.split(".") ?? [];
    if (operation !== undefined) {
      const input = JSON.parse(text);
      inputs.set(operation, input);
      const output = jsonOutput(operation, input);
      const type = headers["content-type"];
      return output === undefined
        ? { status: 400, type, body: `{"__type":"UnknownOperationException","message":"${operation}"}` }
        : { type, body: JSON.stringify(output) };
    }
    // S3's PutObject; its body is not looked at.
    if (method === "PUT") return { type: "application/xml", body: "" };
    return { type: "text/xml", body: published(new URLSearchParams(text)) };
  }

  function jsonOutput(operation, input) {
    const item = items[input.TableName];
    switch (operation) {
      case "PutItem":
        return {};
      case "UpdateItem":
        return { Attributes: {} };
      case "GetItem":
        return item === undefined ? {} : { Item: item };
      case "Query":
        return { Items: [], Count: 0, ScannedCount: 0 };
      case "GetQueueAttributes":
        return { Attributes: { ApproximateNumberOfMessages: "0" } };
      case "GetSecretValue":
        return secretValue(input);
      case "SendMessage":
        // The SDK checks it.
        return {
          MessageId: "00000000-0000-4000-8000-000000000003",
          MD5OfMessageBody: createHash("md5").update(input.MessageBody).digest("hex"),
          SequenceNumber: "18849496460467696128",
        };
    }
  }

  function secretValue({ SecretId, VersionStage }) {
    return {
      ARN: `arn:aws:secretsmanager:us-east-1:000000000000:secret:${SecretId}-a1B2c3`,
      Name: SecretId,
      SecretString: secret,
      VersionId: "00000000-0000-4000-8000-000000000004",
      VersionStages: [VersionStage ?? "AWSCURRENT"],
      CreatedDate: 1.7e9,
    };
  }
}

/** SNS's answer to `Publish` and to `PublishBatch`. */
function published(input) {
  const action = input.get("Action");
  const id = "<MessageId>00000000-0000-4000-8000-000000000005</MessageId>";
  const ids = [...input.keys()].filter((name) => name.endsWith(".Id")).map((name) => input.get(name));
  const members = ids.map((each) => `<member><Id>${each}</Id>${id}</member>`).join("");
  const result = action === "Publish" ? id : `<Failed/><Successful>${members}</Successful>`;
  return (
    `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${result}</${action}Result>` +
    `<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000002</RequestId></ResponseMetadata></${action}Response>`
  );
}
