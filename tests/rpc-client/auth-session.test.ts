import { type EvmSigner, parseAddress } from '@fourmica/core-types';
import {
  AuthApiError,
  AuthChallengeRefusedError,
  AuthConfigError,
  AuthDecodeError,
  AuthSession,
  type AuthSessionOptions,
  AuthTransportError,
  AuthUrlError,
  CoreClient,
  RpcError,
} from '@fourmica/rpc-client';
import { verifyMessage, Wallet } from 'ethers';
import { describe, expect, it } from 'vitest';
import { type Received, type Reply, startServer, type TestServer } from './support/server.js';

const wallet = new Wallet(`0x${'11'.repeat(32)}`);
const LIFETIME_SECS = 900;

/** The wallet behind a counter of signatures. */
function countingSigner(): EvmSigner & { readonly signed: string[] } {
  const signed: string[] = [];
  return {
    signed,
    address: parseAddress(wallet.address),
    signTypedData: () => Promise.reject(new Error('a login signs no typed data')),
    signMessage: async (message) => {
      signed.push(String(message));
      return (await wallet.signMessage(message)) as `0x${string}`;
    },
  };
}

type Override = (request: Received) => Reply | undefined;

/** A core that logs in whoever signs its challenge, and answers tab reads to the newest access token only. */
async function startCore(override: Override = () => undefined) {
  const core = { logins: 0, refreshes: 0, accessToken: '', refreshToken: '', revoked: [] as string[] };
  const issue = (kind: string, count: number) => {
    core.accessToken = `access-${kind}-${count}`;
    core.refreshToken = `refresh-${kind}-${count}`;
    return {
      json: { access_token: core.accessToken, refresh_token: core.refreshToken, expires_in: LIFETIME_SECS },
    };
  };
  const server: TestServer = await startServer((request) => {
    const replaced = override(request);
    if (replaced !== undefined) return replaced;
    const body = request.body === '' ? {} : JSON.parse(request.body);
    switch (request.url) {
      case '/auth/nonce':
        return {
          json: {
            nonce: '0f9d0c3e7a444f0b9a557d0c3b1e6a10',
            siwe: {
              domain: '127.0.0.1',
              uri: server.url,
              chainId: 31337,
              statement: 'Sign in to 4mica.',
              expiration: '2026-05-04T10:05:00Z',
              issuedAt: '2026-05-04T10:00:00Z',
            },
          },
        };
      case '/auth/verify':
        if (verifyMessage(body.message, body.signature) !== body.address) {
          return { status: 400, json: { error: 'invalid siwe message: invalid signature' } };
        }
        core.logins++;
        return issue('login', core.logins);
      case '/auth/refresh':
        if (body.refresh_token !== core.refreshToken) {
          return { status: 401, json: { error: 'invalid refresh token' } };
        }
        core.refreshes++;
        return issue('refresh', core.refreshes);
      case '/auth/logout':
        core.revoked.push(body.refresh_token);
        return { json: { revoked: body.refresh_token === core.refreshToken } };
      default:
        return request.headers.authorization === `Bearer ${core.accessToken}`
          ? { json: null }
          : { status: 401, json: { error: 'invalid access token' } };
    }
  });
  return Object.assign(core, {
    url: server.url,
    paths: () => server.received.map(({ url }) => url),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}

function sessionOf(authUrl: string, more: Partial<AuthSessionOptions> = {}) {
  const clock = { ms: 0, nowMs: () => clock.ms };
  const signer = countingSigner();
  return { clock, signer, session: new AuthSession({ authUrl, signer, clock, ...more }) };
}

describe('login', () => {
  it('signs the challenge once and keeps the token', async () => {
    await using core = await startCore();
    const { session, signer } = sessionOf(core.url, { expectedChainId: 31337 });
    expect(await session.accessToken()).toBe('access-login-1');
    expect(await session.accessToken()).toBe('access-login-1');
    expect(signer.signed).toHaveLength(1);
    expect(signer.signed[0]).toContain('Issued At: 2026-05-04T10:00:00Z');
  });

  it('is shared by concurrent callers', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => session.accessToken()));
    expect(new Set(tokens)).toEqual(new Set(['access-login-1']));
    expect(core.logins).toBe(1);
  });

  it('that fails is tried again by the next caller', async () => {
    let failing = true;
    await using core = await startCore(({ url }) =>
      failing && url === '/auth/verify'
        ? { status: 500, json: { error: 'internal server error' } }
        : undefined,
    );
    const { session } = sessionOf(core.url);
    const failures = await Promise.allSettled([session.accessToken(), session.accessToken()]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing = false;
    expect(await session.accessToken()).toBe('access-login-1');
  });

  it('goes on for others when one caller gives up', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url);
    const controller = new AbortController();
    const impatient = session.accessToken({ signal: controller.signal });
    const patient = session.accessToken();
    controller.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    expect(await patient).toBe('access-login-1');
    await expect(session.login({ signal: controller.signal })).rejects.toThrow('enough');
  });

  it('explicitly returns all three members', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url);
    expect(await session.login()).toEqual({
      accessToken: 'access-login-1',
      refreshToken: 'refresh-login-1',
      expiresIn: LIFETIME_SECS,
    });
  });

  it.each([
    ['siwe.domain', { domain: 'bank.example' }],
    ['siwe.uri', { uri: 'https://bank.example' }],
    ['siwe.chainId', { chainId: 1 }],
  ])('T-9: signs nothing when %s is foreign', async (member, foreign) => {
    await using real = await startCore();
    const challenge = await (await fetch(`${real.url}/auth/nonce`, { method: 'POST' })).json();
    await using core = await startCore(({ url }) => {
      if (url !== '/auth/nonce') return undefined;
      return { json: { ...challenge, siwe: { ...challenge.siwe, uri: core.url, ...foreign } } };
    });
    const { session, signer } = sessionOf(core.url, { expectedChainId: 31337n });
    const login = session.login();
    await expect(login).rejects.toThrow(AuthChallengeRefusedError);
    await expect(login).rejects.toThrow(member);
    expect(signer.signed).toEqual([]);
  });
});

describe('refresh', () => {
  it('happens before the token ends, shared by concurrent callers', async () => {
    await using core = await startCore();
    const { session, clock, signer } = sessionOf(core.url);
    await session.accessToken();
    clock.ms = (LIFETIME_SECS - 60) * 1000 - 1;
    expect(await session.accessToken()).toBe('access-login-1');
    clock.ms += 1;
    const tokens = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
    expect(new Set(tokens)).toEqual(new Set(['access-refresh-1']));
    expect([core.refreshes, core.logins, signer.signed.length]).toEqual([1, 1, 1]);
  });

  it('with a margin above the life of the token does not happen at every call', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url, { refreshMarginSecs: 10 * LIFETIME_SECS });
    await session.accessToken();
    expect(await session.accessToken()).toBe('access-login-1');
  });

  it('that is refused with 401 becomes a login', async () => {
    await using core = await startCore();
    const { session, clock } = sessionOf(core.url);
    await session.accessToken();
    core.refreshToken = 'stolen and used';
    clock.ms = LIFETIME_SECS * 1000;
    expect(await session.accessToken()).toBe('access-login-2');
  });

  it('that fails otherwise is told, and nothing is signed', async () => {
    await using core = await startCore(({ url }) =>
      url === '/auth/refresh' ? { status: 500, json: { error: 'internal server error' } } : undefined,
    );
    const { session, clock, signer } = sessionOf(core.url);
    await session.accessToken();
    clock.ms = LIFETIME_SECS * 1000;
    await expect(session.accessToken()).rejects.toMatchObject({ name: 'AuthApiError', status: 500 });
    expect(signer.signed).toHaveLength(1);
  });
});

describe('logout', () => {
  it('T-17: revokes the refresh token and forgets both', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url);
    expect(await session.logout()).toBe(false);
    await session.accessToken();
    expect(await session.logout()).toBe(true);
    expect(core.revoked).toEqual(['refresh-login-1']);
    expect(await session.accessToken()).toBe('access-login-2');
  });
});

describe('T-25: a core client with a session', () => {
  it('refreshes once after 401 and repeats the call', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url);
    const client = new CoreClient({ baseUrl: core.url, session });
    await client.getTab(1n);
    core.accessToken = 'the key of the core has changed';
    expect(await client.getTab(1n)).toBeNull();
    expect([core.refreshes, core.logins]).toEqual([1, 1]);
  });

  it('refreshes once for many calls that failed together', async () => {
    await using core = await startCore();
    const { session } = sessionOf(core.url);
    const client = new CoreClient({ baseUrl: core.url, session });
    await client.getTab(1n);
    core.accessToken = 'the key of the core has changed';
    await Promise.all(Array.from({ length: 20 }, () => client.getTab(1n)));
    expect([core.refreshes, core.logins]).toEqual([1, 1]);
  });

  it('gives up after the second 401', async () => {
    await using core = await startCore(({ url }) =>
      url.startsWith('/core') ? { status: 401, json: { error: 'invalid access token' } } : undefined,
    );
    const { session } = sessionOf(core.url);
    const call = new CoreClient({ baseUrl: core.url, session }).getTab(1n);
    await expect(call).rejects.toMatchObject({ name: 'RpcError', status: 401 });
    expect(core.paths().filter((path) => path.startsWith('/core'))).toHaveLength(2);
  });

  it.each([401, 403])('C-20: does not log in again when rights are missing (%i)', async (status) => {
    await using core = await startCore(({ url }) =>
      url.startsWith('/core') ? { status, json: { error: 'missing scope' } } : undefined,
    );
    const { session } = sessionOf(core.url);
    const call = new CoreClient({ baseUrl: core.url, session }).getTab(1n);
    await expect(call).rejects.toThrow(RpcError);
    expect([core.refreshes, core.logins]).toEqual([0, 1]);
  });

  it('reads public routes without a login', async () => {
    await using core = await startCore(({ url }) =>
      url === '/core/health' ? { json: { status: 'ok', db: 'ok', chain_rpc: 'ok' } } : undefined,
    );
    const { session, signer } = sessionOf(core.url);
    await new CoreClient({ baseUrl: core.url, session }).getHealth();
    expect(signer.signed).toEqual([]);
  });
});

describe('errors', () => {
  it('name what is wrong', async () => {
    await using broken = await startCore(({ url }) =>
      url === '/auth/nonce' ? { json: { nonce: 'x' } } : undefined,
    );
    await expect(sessionOf(broken.url).session.login()).rejects.toThrow(AuthDecodeError);
    await expect(sessionOf(broken.url).session.login()).rejects.toThrow('response.siwe');
    await using refusing = await startCore(({ url }) =>
      url === '/auth/verify' ? { status: 401, json: { error: 'wallet role not active' } } : undefined,
    );
    const refused = sessionOf(refusing.url).session.login();
    await expect(refused).rejects.toThrow(AuthApiError);
    await expect(refused).rejects.toMatchObject({ status: 401, body: '{"error":"wallet role not active"}' });
    const gone = await startCore();
    await gone[Symbol.asyncDispose]();
    await expect(sessionOf(gone.url).session.login()).rejects.toThrow(AuthTransportError);
    expect(() => sessionOf('core.example')).toThrow(AuthUrlError);
    expect(() => sessionOf('http://h', { refreshMarginSecs: Number.NaN })).toThrow(AuthConfigError);
  });

  it('never hold a token, also when the answer that brought it is broken', async () => {
    const json = { access_token: 'top-secret', refresh_token: 'top-secret', expires_in: 'soon' };
    await using core = await startCore(({ url }) => (url === '/auth/verify' ? { json } : undefined));
    const error: unknown = await sessionOf(core.url)
      .session.login()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthDecodeError);
    expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain(
      'top-secret',
    );
  });
});
