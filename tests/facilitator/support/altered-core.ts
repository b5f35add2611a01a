import { createServer } from 'node:http';
import { closed, KEEP_ALIVE_MS, listen, urlOf } from './paid-api.js';

/** What to answer in place of the core; undefined passes the core's own answer on. */
export type Alteration = (
  path: string,
  own: { readonly status: number; readonly text: string },
) => { readonly status: number; readonly text: string } | undefined;

/** A server in front of a core that changes some of its answers, as a broken or malicious core would. */
export async function alteredCore(
  coreUrl: string,
  alter: Alteration,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const own = await fetch(coreUrl + request.url, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      body: request.method === 'POST' ? Buffer.concat(chunks) : null,
    });
    const answer = { status: own.status, text: await own.text() };
    const { status, text } = alter(request.url ?? '', answer) ?? answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  await listen(server);
  return { url: urlOf(server), stop: () => closed(server) };
}
