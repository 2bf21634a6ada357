import type { Provider, SettingSpec } from "../domain/provider.ts";
import { providers } from "../providers/index.ts";

/**
 * The commented `strongroom.yaml` that `strongroom init` writes, with one source for each named provider; a provider
 * that is not in the registry is a fault. Everything that is commented out is a default or an example.
 */
export function defaultConfigText(providerNames: readonly string[]): string {
  const names = [...new Set(providerNames)];
  const sources = names.map((name) => {
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider === undefined) throw new RangeError(`there is no provider ${name}`);
    return sourceText(provider);
  });
  return `${HEAD}${sources.length === 0 ? "sources: {}\n" : `sources:\n${sources.join("")}`}${tail(names[0])}`;
}

function sourceText(provider: Provider): string {
  const settings = Object.entries(provider.settings).map(([name, spec]) => settingText(provider, name, spec));
  const secrets =
    provider.secret === null
      ? ""
      : `    # ${provider.secret.describe}.
    secrets:
      - "\${env:${secretVariable(provider)}}"
      - "\${env:${secretVariable(provider)}_OLD?}" # the one before, while you change it
`;
  return `  ${provider.name}: # ${provider.title}
    provider: ${provider.name}
${secrets}${settings.join("")}`;
}

/** A setting that must be there as an example to change; any other as a comment. */
function settingText(provider: Provider, name: string, spec: SettingSpec): string {
  const comment = `    # ${spec.describe}.\n`;
  if (spec.required !== true) {
    const value = spec.default === undefined ? "" : ` ${JSON.stringify(spec.default)}`;
    return `${comment}    # ${name}:${value}\n`;
  }
  const url = `https://hooks.example.com/webhooks/${provider.name}`;
  const value = spec.type === "url" ? url : `\${env:${variable(provider.name, name)}}`;
  return `${comment}    ${name}: "${value}"\n`;
}

function secretVariable({ name }: Provider): string {
  return name === "square" ? "SQUARE_SIGNATURE_KEY" : variable(name, "webhookSecret");
}

function variable(provider: string, setting: string): string {
  return `${provider}_${setting.replace(/[A-Z]/g, "_$&")}`.replaceAll("-", "_").toUpperCase();
}

const HEAD = `# Strongroom. Secrets are references, never the secret itself: \${env:NAME} or \${file:PATH}; a ? before the }
# makes one optional. Check this file with: strongroom config check
version: 1

server:
  ingest: # the only part that the internet may reach: POST /webhooks/{source}
    host: 0.0.0.0
    port: 4640
  admin: # API, metrics, health
    host: 127.0.0.1
    port: 4641
    # tokens: # required as soon as the host is not a loopback address
    #   - { name: ops, role: operate, secret: "\${env:STRONGROOM_ADMIN_TOKEN}" }

store:
  dataDir: ./.strongroom
  retention: { events: 30d, audit: 400d }
  # auditCheckpoint: /mnt/elsewhere/strongroom.checkpoint # keep it where this machine's users cannot change it

`;

function tail(source = "stripe"): string {
  return `
# processor:
#   handler: ./handlers.mjs # exports onEvent(event, ctx)
#   retry: { maxAttempts: 3, base: 5s, max: 2m }

# destinations: # where processed events are announced, at least once, with a stable id
#   ledger:
#     url: "https://ledger.internal/hooks/payments"
#     secret: "\${env:LEDGER_WHSEC}"
#     events: ["payment.*", "refund.*"]
#   legacy:
#     url: "http://127.0.0.1:3000/api/webhook"
#     format: original
#     sources: [${source}]

# alerts:
#   - { to: "file:./.strongroom/alerts.ndjson" }
`;
}
