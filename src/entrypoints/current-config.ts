import { join } from "node:path";
import { openCertificateSource } from "../adapters/embedded/certificates/certificate-source.ts";
import type { Config } from "../config/config.ts";
import { openSources } from "../config/sources.ts";
import type { Source } from "../domain/source.ts";

/** The configuration as it is now; a reload replaces it between two requests. */
export interface CurrentConfig {
  config(): Config;
  sources(): ReadonlyMap<string, Source>;
  certificate(source: Source, url: string): Promise<string | null>;
  replace(config: Config): void;
}

export function openCurrentConfig(first: Config): CurrentConfig {
  let config = first;
  let sources = openSources(first);
  // One per folder, so that sources which share a folder share what was fetched.
  const certificates = new Map<string, (url: string) => Promise<string | null>>();

  return {
    config: () => config,
    sources: () => sources,
    certificate(source, url) {
      const dir = certificateDir(source) ?? join(config.store.dataDir, "certs");
      let find = certificates.get(dir);
      if (find === undefined) {
        find = openCertificateSource({ dir, now: Date.now });
        certificates.set(dir, find);
      }
      return find(url);
    },
    replace(next) {
      sources = openSources(next);
      config = next;
    },
  };
}

function certificateDir({ settings }: Source): string | null {
  const { certs } = settings;
  const dir = typeof certs === "object" && certs !== null ? (certs as { dir?: unknown }).dir : undefined;
  return typeof dir === "string" ? dir : null;
}
