import { createHash } from 'node:crypto';
import type { OpenApiDocument, Operation } from './openapi.js';
import type { Route } from './route.js';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}' +
  'h2{font:600 1rem ui-monospace,monospace;margin:2rem 0 .3rem}h2 b{color:#0a5}p{margin:.2rem 0}' +
  'pre{background:#f4f4f4;padding:.7rem;overflow:auto;font-size:.85rem}code{background:#f4f4f4}' +
  'summary{cursor:pointer}';

/** Lets the page use its own style and nothing else: no script, no image, no connection. */
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

/** Routes that describe an API: `GET /openapi.json` for programs and `GET /docs` for people. */
export const documentationRoutes = (document: () => OpenApiDocument): Route[] => [
  { method: 'GET', url: '/openapi.json', handle: async () => document() },
  {
    method: 'GET',
    url: '/docs',
    handle: async (_request, reply) =>
      reply
        .header('content-security-policy', PAGE_POLICY)
        .type('text/html; charset=utf-8')
        .send(apiPage(document())),
  },
];

/** Writes an OpenAPI document as a page that needs nothing from elsewhere. */
export function apiPage({ info, paths }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationPart(path, method, operation)),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(info.title)}</h1><p>${escaped(info.description)}</p>
<p>For programs: <a href="openapi.json">openapi.json</a>. Failures are answered as <code>{"error": "…"}</code>.</p>
${operations.join('\n')}
</body></html>
`;
}

function operationPart(path: string, method: string, operation: Operation): string {
  const { summary, security, parameters, requestBody, responses } = operation;
  const credentials = security.flatMap((scheme) => Object.keys(scheme)).map(nameOfCredential);
  const answer = responses['200'];
  const headers = Object.keys(answer?.headers ?? {});
  return [
    `<h2><b>${method.toUpperCase()}</b> ${escaped(path)}</h2>`,
    `<p>${escaped(summary)}</p>`,
    `<p>Needs: ${credentials.length === 0 ? 'nothing' : credentials.join(' or ')}</p>`,
    ...parameters.map(
      ({ name, in: place, schema }) =>
        `<p>In the ${place}: <code>${escaped(name)}</code> ${escaped(JSON.stringify(schema))}</p>`,
    ),
    schemaPart('Body', requestBody?.content['application/json'].schema),
    schemaPart('Answer', answer?.content['application/json'].schema),
    ...headers.map((name) => `<p>Header of the answer: <code>${escaped(name)}</code></p>`),
  ].join('\n');
}

const nameOfCredential = (scheme: string): string =>
  scheme === 'bearer' ? '<code>Authorization: Bearer …</code>' : '<code>x-api-key: …</code>';

const schemaPart = (title: string, schema: unknown): string =>
  schema === undefined
    ? ''
    : `<details><summary>${title}</summary><pre>${escaped(JSON.stringify(schema, null, 2))}</pre></details>`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
