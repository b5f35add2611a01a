import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that tells the given public parameters, whether they are true or not. */
export async function announce(publicParams: Record<string, unknown>) {
  const server = createServer((request, response) => {
    const isKnown = request.url === '/core/public-params';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? publicParams : { error: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
