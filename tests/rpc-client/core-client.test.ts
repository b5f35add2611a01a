import { parseAddress } from '@fourmica/core-types';
import { AuthConfigError, CoreClient, RpcError } from '@fourmica/rpc-client';
import { describe, expect, it } from 'vitest';
import { type Handler, type Reply, startServer } from './support/server.js';

const user = '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1';
const recipient = '0xabcdef1234567890abcdef1234567890abcdef12';
const tabRequest = { userAddress: parseAddress(user), recipientAddress: parseAddress(recipient) };

const openedTab = {
  id: '0x2a',
  user_address: user.toLowerCase(),
  recipient_address: recipient,
  erc20_token: null,
  asset_address: `0x${'00'.repeat(20)}`,
  guarantee_version: 1,
  next_req_id: '0x7',
};
const tabInfo = {
  tab_id: '0x2a',
  user_address: user.toLowerCase(),
  recipient_address: recipient,
  asset_address: `0x${'00'.repeat(20)}`,
  accepted_guarantee_version: 1,
  start_timestamp: 1736000000,
  ttl_seconds: 86400,
  status: 'OPEN',
  settlement_status: 'PENDING',
  created_at: 1735999990,
  updated_at: 1736000001,
};

/** Answers one reply after the other; the last one stays. */
function inTurn(...replies: readonly Reply[]): Handler {
  let next = 0;
  return () => replies[Math.min(next++, replies.length - 1)] as Reply;
}

async function failureOf(call: Promise<unknown>): Promise<RpcError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

describe('requests', () => {
  it('keep the sub-path of the base URL, write ids as hex and repeat query members', async () => {
    await using server = await startServer(inTurn({ json: [] }));
    const client = new CoreClient({ baseUrl: `${server.url}/base/path/` });
    await client.listRecipientTabs(recipient, ['PENDING', 'SETTLED']);
    await client.getGuarantee('42', 7n).catch(() => undefined);
    expect(server.received.map(({ url }) => url)).toEqual([
      `/base/path/core/recipients/${recipient}/tabs?settlement_status=PENDING&settlement_status=SETTLED`,
      '/base/path/core/tabs/0x2a/guarantees/0x7',
    ]);
  });

  it('read a list to its end, or one part of it', async () => {
    const link = (after: string) => ({ headers: { link: `<?limit=1&after=${after}>; rel="next"` } });
    const page = (id: string) => [{ ...tabInfo, tab_id: id }];
    await using server = await startServer(
      inTurn(
        { json: page('0x1'), ...link('a.1') },
        { json: page('0x2'), ...link('b.2') },
        { json: page('0x3') },
        { json: page('0x2'), ...link('b.2') },
      ),
    );
    const client = new CoreClient({ baseUrl: `${server.url}/base` });
    const tabs = await client.listUserTabs(user, ['PENDING']);
    expect([tabs.map(({ tabId }) => tabId), tabs.next]).toEqual([[1n, 2n, 3n], undefined]);
    const part = await client.listUserTabs(user, ['PENDING'], { limit: 1, after: 'a.1' });
    expect([part.map(({ tabId }) => tabId), part.next]).toEqual([[2n], 'b.2']);
    const path = `/base/core/users/${user.toLowerCase()}/tabs`;
    expect(server.received.map(({ url }) => url)).toEqual([
      `${path}?settlement_status=PENDING`,
      `${path}?after=a.1&settlement_status=PENDING`,
      `${path}?after=b.2&settlement_status=PENDING`,
      `${path}?limit=1&after=a.1&settlement_status=PENDING`,
    ]);
    await expect(client.listAdminApiKeys({ limit: 1_001 })).rejects.toThrow(
      'query.limit: expected a whole number from 1 to 1000, got 1001',
    );
  });

  it('give up a list that never ends', async () => {
    const fetch = async () => Response.json([], { headers: { link: '<?after=1>; rel="next"' } });
    const error = await failureOf(
      new CoreClient({ baseUrl: 'http://core.example', fetch }).listAdminApiKeys(),
    );
    expect(error).toMatchObject({
      code: 'RPC_RESPONSE_INVALID',
      message: expect.stringContaining('1000 answers'),
    });
  });

  it('send snake_case JSON with its content type, and none without a body', async () => {
    await using server = await startServer(
      inTurn({ json: openedTab }, { status: 404, json: { error: 'x' } }),
    );
    const client = new CoreClient({ baseUrl: server.url });
    const tab = await client.createPaymentTab({ ...tabRequest, ttlSeconds: 3600n });
    await client.revokeAdminApiKey('6f0b7a0e-6f1e-4c58-a0a0-2f3d0e9d7c11').catch(() => undefined);
    expect(tab).toMatchObject({ tabId: 42n, nextReqId: 7n });
    const [create, revoke] = server.received;
    expect(JSON.parse(create?.body ?? '')).toEqual({
      user_address: user,
      recipient_address: parseAddress(recipient),
      erc20_token: null,
      ttl: 3600,
    });
    expect(create?.headers['content-type']).toBe('application/json');
    expect(revoke).toMatchObject({ method: 'POST', body: '' });
    expect(revoke?.headers['content-type']).toBeUndefined();
  });

  it('compare addresses by value, and refuse a mistyped one before anything is sent', async () => {
    await using server = await startServer(inTurn({ json: openedTab }));
    const client = new CoreClient({ baseUrl: server.url });
    const lowerCase = { ...tabRequest, userAddress: user.toLowerCase() as typeof tabRequest.userAddress };
    expect((await client.createPaymentTab(lowerCase)).tabId).toBe(42n);
    const mistyped = {
      ...tabRequest,
      userAddress: user.replace('0x1a', '0x1A') as typeof tabRequest.userAddress,
    };
    await expect(client.createPaymentTab(mistyped)).rejects.toThrow(
      'userAddress: expected a valid EIP-55 checksum',
    );
    expect(server.received).toHaveLength(1);
  });

  it('T-17 and R-3: carry the admin key and one Bearer prefix', async () => {
    await using server = await startServer(inTurn({ json: [] }));
    const client = new CoreClient({ baseUrl: server.url })
      .withAdminApiKey('ak_1.2')
      .withBearerToken('Bearer abc');
    await client.listAdminApiKeys();
    expect(server.received[0]?.headers).toMatchObject({ 'x-api-key': 'ak_1.2', authorization: 'Bearer abc' });
  });

  it.each(['..', 'a/b', ''])('refuse %j as a key id before anything is sent', async (id) => {
    await using server = await startServer(inTurn({ json: {} }));
    const client = new CoreClient({ baseUrl: server.url });
    await expect(async () => client.revokeAdminApiKey(id)).rejects.toThrow('path.id');
    expect(server.received).toEqual([]);
  });

  it('T-19: call fetch without a foreign receiver', async () => {
    const receivers: unknown[] = [];
    async function fetch(this: unknown): Promise<Response> {
      receivers.push(this);
      return Response.json([]);
    }
    await new CoreClient({ baseUrl: 'http://core.example', fetch }).listAdminApiKeys();
    expect(receivers).toEqual([undefined]);
  });
});

describe('answers', () => {
  it.each([
    ['T-4: no next reqId', { ...openedTab, next_req_id: undefined }, 'response.next_req_id'],
    ['T-4: no id', { ...openedTab, id: undefined }, 'response.id'],
    ['an empty id', { ...openedTab, id: '' }, 'response.id'],
    ['a list', [openedTab], 'response'],
    ['another recipient', { ...openedTab, recipient_address: user }, 'response.recipientAddress'],
    ['another version', { ...openedTab, guarantee_version: 2 }, 'response.guaranteeVersion'],
  ])('a tab with %s is an error that names the member', async (_, json, field) => {
    await using server = await startServer(inTurn({ json }));
    const error = await failureOf(new CoreClient({ baseUrl: server.url }).createPaymentTab(tabRequest));
    expect(error).toMatchObject({ code: 'RPC_RESPONSE_INVALID', context: { field } });
    expect(error.message).toContain(field);
  });

  it('a guarantee of another tab is refused', async () => {
    await using server = await startServer(inTurn({ json: { ...tabInfo, tab_id: '0x2b' } }));
    const error = await failureOf(new CoreClient({ baseUrl: server.url }).getTab(42n));
    expect(error.message).toContain('response.tabId: expected 42 as in the request, got 43');
  });

  it('null stays null, and a sick core still tells its health', async () => {
    const health = { status: 'fail', db: 'ok', chain_rpc: 'fail' };
    await using server = await startServer(inTurn({ json: null }, { status: 503, json: health }));
    const client = new CoreClient({ baseUrl: server.url });
    expect(await client.getTab(1n)).toBeNull();
    expect(await client.getHealth()).toEqual(health);
    expect(server.received).toHaveLength(2);
  });

  it('are read up to the limit only', async () => {
    await using server = await startServer(inTurn({ text: `[${' '.repeat(5000)}]` }));
    const client = new CoreClient({ baseUrl: server.url, maxResponseBytes: 4096 });
    const error = await failureOf(client.listAdminApiKeys());
    expect(error).toMatchObject({ code: 'RPC_RESPONSE_INVALID' });
    expect(error.message).toContain('at most 4096 bytes');
  });

  it.each([
    ['member error', { status: 400, json: { error: 'req_id not valid', message: 'm' } }, 'req_id not valid'],
    ['member message', { status: 400, json: { message: 'tab too old' } }, 'tab too old'],
    ['text', { status: 400, text: 'Failed to\ndeserialize' }, 'Failed to deserialize'],
    ['nothing', { status: 400, text: '' }, ''],
  ])('a refusal is told in the words of %s', async (_, reply, reason) => {
    await using server = await startServer(inTurn({ ...reply, headers: { 'x-request-id': 'req-1' } }));
    const error = await failureOf(new CoreClient({ baseUrl: server.url }).getTab(1n));
    expect(error).toMatchObject({ code: 'RPC_STATUS', status: 400, reason, requestId: 'req-1' });
    expect(error.message).toContain(reason);
    expect(error.message).toContain('GET http://127.0.0.1');
  });

  it('a huge refusal is cut', async () => {
    await using server = await startServer(inTurn({ status: 400, text: 'x'.repeat(1_000_000) }));
    const error = await failureOf(new CoreClient({ baseUrl: server.url }).getTab(1n));
    expect(error.body?.length).toBe(2000);
    expect(error.message.length).toBeLessThan(600);
  });

  it('a redirect is not followed, because the key would travel with it', async () => {
    await using target = await startServer(inTurn({ json: [] }));
    await using server = await startServer(
      inTurn({ status: 308, text: '', headers: { location: `${target.url}/x?k=1` } }),
    );
    const client = new CoreClient({ baseUrl: server.url, adminApiKey: 'ak_secret' });
    const error = await failureOf(client.listAdminApiKeys());
    expect(error.message).toContain(`redirects to ${target.url}/x: use the final address`);
    expect(target.received).toEqual([]);
  });

  it('a 401 without any login says how to log in', async () => {
    await using server = await startServer(inTurn({ status: 401, json: { error: 'missing authorization' } }));
    const error = await failureOf(new CoreClient({ baseUrl: server.url }).getTab(1n));
    expect(error).toMatchObject({ status: 401, reason: 'missing authorization' });
    expect(error.message).toContain('enableAuth()');
  });
});

describe('retries', () => {
  const busy: Reply = { status: 503, json: { error: 'busy' }, headers: { 'retry-after': '0' } };

  it.each<[string, Reply]>([
    ['503', busy],
    ['429', { ...busy, status: 429 }],
    ['a lost lock', { status: 409, json: { error: 'request failed, please retry' } }],
    ['a broken connection', { raw: (response) => response.destroy() }],
    [
      'a connection that breaks inside the body',
      {
        raw: (response) => {
          response.writeHead(200, { 'content-length': '100' });
          response.write('{');
          setTimeout(() => response.destroy(), 20);
        },
      },
    ],
  ])('opening a tab survives %s', async (_, failure) => {
    await using server = await startServer(inTurn(failure, { json: openedTab }));
    const tab = await new CoreClient({ baseUrl: server.url }).createPaymentTab(tabRequest);
    expect(tab.tabId).toBe(42n);
    expect(server.received).toHaveLength(2);
  });

  it('give up after maxRetries and report the last failure', async () => {
    await using server = await startServer(inTurn(busy));
    const error = await failureOf(new CoreClient({ baseUrl: server.url, maxRetries: 1 }).getTab(1n));
    expect(error).toMatchObject({ status: 503, reason: 'busy' });
    expect(server.received).toHaveLength(2);
  });

  it.each<[string, Reply]>([
    ['a closed tab', { status: 409, json: { error: 'tab already closed' } }],
    ['an internal error', { status: 500, json: { error: 'internal server error' } }],
    ['a wait that is too long', { ...busy, headers: { 'retry-after': '3600' } }],
  ])('do not happen after %s', async (_, reply) => {
    await using server = await startServer(inTurn(reply));
    await failureOf(new CoreClient({ baseUrl: server.url }).createPaymentTab(tabRequest));
    expect(server.received).toHaveLength(1);
  });

  it('do not happen for a call that would do something twice', async () => {
    await using server = await startServer(inTurn(busy));
    await failureOf(new CoreClient({ baseUrl: server.url }).createAdminApiKey({ name: 'n', scopes: ['s'] }));
    expect(server.received).toHaveLength(1);
  });

  it('are seen by the hooks, which never see a secret', async () => {
    await using server = await startServer(inTurn(busy, { json: [], headers: { 'x-request-id': 'r2' } }));
    const events: object[] = [];
    const hooks = {
      onRequest: (event: object) => events.push(event),
      onResponse: (event: object) => events.push(event),
    };
    await new CoreClient({ baseUrl: server.url, adminApiKey: 'ak_secret', hooks }).listAdminApiKeys();
    expect(events).toMatchObject([
      { route: '/core/admin/api-keys', attempt: 1 },
      { attempt: 1, status: 503, error: { code: 'RPC_STATUS' }, retryInMs: expect.any(Number) },
      { attempt: 2 },
      { attempt: 2, status: 200, requestId: 'r2' },
    ]);
    expect(JSON.stringify(events)).not.toContain('ak_secret');
  });
});

describe('time and abort', () => {
  const never: Handler = () => new Promise<Reply>(() => undefined);

  it('a core that does not answer in time is a timeout', async () => {
    await using server = await startServer(never);
    const attempts: number[] = [];
    const hooks = { onRequest: ({ attempt }: { attempt: number }) => void attempts.push(attempt) };
    const error = await failureOf(new CoreClient({ baseUrl: server.url, timeoutMs: 50, hooks }).getTab(1n));
    expect(error.code).toBe('RPC_TIMEOUT');
    expect(error.message).toContain('within 50 ms');
    expect(attempts).toEqual([1]);
  });

  it('a body that does not end in time is a timeout too', async () => {
    const drip: Reply = {
      raw: (response) => {
        response.writeHead(200);
        response.write('[');
      },
    };
    await using server = await startServer(inTurn(drip));
    const error = await failureOf(new CoreClient({ baseUrl: server.url, timeoutMs: 50 }).listAdminApiKeys());
    expect(error.code).toBe('RPC_TIMEOUT');
  });

  it('an abort ends the call with its reason, also between two tries', async () => {
    await using silent = await startServer(never);
    const reason = new Error('enough');
    const call = new CoreClient({ baseUrl: silent.url }).getTab(1n, { signal: abortIn(50, reason) });
    await expect(call).rejects.toBe(reason);
    await using busy = await startServer(inTurn({ status: 503, text: '', headers: { 'retry-after': '9' } }));
    const waiting = new CoreClient({ baseUrl: busy.url }).getTab(1n, { signal: abortIn(80, reason) });
    await expect(waiting).rejects.toBe(reason);
  });

  it('a core that is not there says where it was looked for', async () => {
    const server = await startServer(never);
    await server[Symbol.asyncDispose]();
    const client = new CoreClient({ baseUrl: `${server.url}/x`, maxRetries: 0 });
    const error = await failureOf(client.getTab(1n));
    expect(error.code).toBe('RPC_UNREACHABLE');
    expect(error.message).toContain(`${server.url}/x/core/tabs/0x1`);
    expect(error.message).toContain('ECONNREFUSED');
  });

  function abortIn(ms: number, reason: Error): AbortSignal {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), ms);
    return controller.signal;
  }
});

describe('settings', () => {
  it('a base URL with a password is refused without showing it', () => {
    const create = () => new CoreClient({ baseUrl: 'http://user:hunter2@core.example/' });
    expect(create).toThrow('baseUrl');
    expect(create).not.toThrow('hunter2');
  });

  it.each([{ timeoutMs: 0 }, { maxRetries: -1 }, { maxResponseBytes: 0.5 }])('%j is refused', (options) => {
    expect(() => new CoreClient({ baseUrl: 'http://h', ...options })).toThrow(Object.keys(options)[0]);
  });

  it('a key that cannot stand in a header is refused without showing it', () => {
    const create = () => new CoreClient({ baseUrl: 'http://h', adminApiKey: 'ak_secret\nx: y' });
    expect(create).toThrow(AuthConfigError);
    expect(create).not.toThrow('ak_secret');
  });
});
