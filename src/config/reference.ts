/** A value that is kept outside the configuration file. With `optional` its absence is no error. */
export type Reference =
  | { readonly kind: "env"; readonly name: string; readonly optional: boolean }
  | { readonly kind: "file"; readonly path: string; readonly optional: boolean }
  | { readonly kind: "aws-sm"; readonly id: string; readonly key: string; readonly optional: boolean };

/** Reads a text that is one reference and nothing else: `${env:NAME}`, `${file:PATH}`, `${aws-sm:ID#key}`. */
export function parseReference(text: string): Reference | null {
  const [, kind, body = "", mark] = /^\$\{(env|file|aws-sm):([^{}]*?)(\?)?\}$/.exec(text) ?? [];
  const optional = mark !== undefined;
  switch (kind) {
    case "env":
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(body) ? { kind, name: body, optional } : null;
    case "file":
      return body.trim() === "" || body.includes("\0") ? null : { kind, path: body, optional };
    case "aws-sm": {
      const [, id, key] = /^([A-Za-z0-9/_+=.@:!-]+)#([^#\s]+)$/.exec(body) ?? [];
      return id === undefined || key === undefined ? null : { kind, id, key, optional };
    }
    default:
      return null;
  }
}
