import type { AdminRoute } from "./route.ts";

/** What a browser sees at the admin listener's root. Holds no data, so it needs no token. */
export const INDEX_ROUTE: AdminRoute = {
  method: "GET",
  path: "/",
  needs: "nothing",
  doc: {
    summary: "A page that says what this is.",
    answer: { status: 200, describe: "The page.", type: "text/html" },
  },
  handle: () => new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } }),
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Strongroom</title>
</head>
<body>
<main>
<h1>Strongroom</h1>
<p>This is the admin listener of a payment webhook inbox. Providers post to the other one.</p>
<ul>
<li><a href="/api/openapi.json">What the API can do</a> (OpenAPI)</li>
<li><a href="/readyz">Whether deliveries can be taken</a></li>
<li><a href="/metrics">Metrics</a> (Prometheus)</li>
</ul>
</main>
</body>
</html>
`;
