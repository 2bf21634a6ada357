/**
 * An error as RFC 9457 describes it. `code` is the part that programs may rely on:
 * `bad_parameter`, `bad_request`, `unauthorized`, `forbidden`, `not_found`, `method_not_allowed`, `conflict`, `gone`,
 * `body_too_large`, `misdirected`, `too_many_requests`, `internal`, `unavailable`.
 */
export function problem(status: ProblemStatus, detail: string, more: ProblemExtras = {}): Response {
  const { headers, ...members } = more;
  const [code, title] = KINDS[status];
  return new Response(JSON.stringify({ type: "about:blank", title, status, code, detail, ...members }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

/** A parameter that cannot be used. Names it; shows nothing of its value. */
export function badParameter(parameter: string, why: string): Response {
  return problem(400, `The parameter ${JSON.stringify(parameter)} ${why}.`, { code: "bad_parameter", parameter });
}

interface ProblemExtras {
  readonly code?: string;
  readonly parameter?: string;
  readonly checks?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const KINDS = {
  400: ["bad_request", "Bad Request"],
  401: ["unauthorized", "Unauthorized"],
  403: ["forbidden", "Forbidden"],
  404: ["not_found", "Not Found"],
  405: ["method_not_allowed", "Method Not Allowed"],
  409: ["conflict", "Conflict"],
  410: ["gone", "Gone"],
  413: ["body_too_large", "Content Too Large"],
  421: ["misdirected", "Misdirected Request"],
  429: ["too_many_requests", "Too Many Requests"],
  500: ["internal", "Internal Server Error"],
  503: ["unavailable", "Service Unavailable"],
} as const;

export type ProblemStatus = keyof typeof KINDS;
