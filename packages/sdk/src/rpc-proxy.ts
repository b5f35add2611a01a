import type { CoreClient, TokenProvider } from '@fourmica/rpc-client';

/** The core API with changeable credentials: the `with…` methods act on the object itself and return it. */
export interface RpcProxy extends CoreClient {
  withAdminApiKey(adminApiKey: string): RpcProxy;
  withBearerToken(bearerToken: string): RpcProxy;
  withTokenProvider(provider: TokenProvider | (() => string | Promise<string>)): RpcProxy;
  /** Does nothing: calls of the core keep no connection that has to be closed. */
  aclose(): Promise<void>;
}

const CREDENTIAL_METHODS: ReadonlySet<PropertyKey> = new Set([
  'withAdminApiKey',
  'withBearerToken',
  'withTokenProvider',
]);

/**
 * Wraps a core client, which is immutable, so that `client.rpc.withAdminApiKey(key)` takes effect on the next line, as
 * users of the Python SDK expect.
 */
export function createRpcProxy(client: CoreClient): RpcProxy {
  let current = client;
  const proxy: RpcProxy = new Proxy(client, {
    get: (_, name) => {
      if (name === 'aclose') return async () => undefined;
      const member: unknown = Reflect.get(current, name, current);
      if (typeof member !== 'function') return member;
      if (!CREDENTIAL_METHODS.has(name)) return member.bind(current);
      return (credentials: unknown) => {
        current = member.call(current, credentials) as CoreClient;
        return proxy;
      };
    },
  }) as RpcProxy;
  return proxy;
}
