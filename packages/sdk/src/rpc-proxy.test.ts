import { CoreClient } from '@fourmica/rpc-client';
import { expect, test } from 'vitest';
import { createRpcProxy } from './rpc-proxy.js';

test('T-17: credentials given to the proxy count on the next line, and can be chained', async () => {
  const sent: (string | undefined)[][] = [];
  const core = new CoreClient({
    baseUrl: 'http://core.example/base',
    fetch: async (_url, init) => {
      const headers = new Headers(init.headers);
      sent.push([headers.get('x-api-key') ?? undefined, headers.get('authorization') ?? undefined]);
      return new Response('[]', { headers: { 'content-type': 'application/json' } });
    },
  });
  const rpc = createRpcProxy(core);
  await rpc.listAdminApiKeys();
  rpc.withAdminApiKey('ak_1');
  await rpc.listAdminApiKeys();
  await rpc.withBearerToken('Bearer t').listAdminApiKeys();
  await core.listAdminApiKeys();
  expect(sent).toEqual([
    [undefined, undefined],
    ['ak_1', undefined],
    ['ak_1', 'Bearer t'],
    [undefined, undefined],
  ]);
  expect(rpc.baseUrl).toBe('http://core.example/base');
  expect(rpc).toBeInstanceOf(CoreClient);
});
