import { FourMicaError } from '@fourmica/core-types';
import { LocalAccountSigner } from '@fourmica/eip712-claims';
import { type Environment, Settings } from '@fourmica/http-service';
import { AuthSession, CoreClient } from '@fourmica/rpc-client';

/** The settings of commands that administer a core over HTTP. Secrets are no options: others could list them. */
const ADMIN_SETTINGS = {
  CORE_URL: { fallback: 'http://127.0.0.1:3000', meaning: 'the core' },
  CORE_ADMIN_API_KEY: { isSecret: true, meaning: 'admin API key, `ak_…`' },
  CORE_ADMIN_WALLET_PRIVATE_KEY: {
    isSecret: true,
    meaning:
      'or a wallet with the admin role, 32 bytes of hex; API keys and roles are managed with an API key only',
  },
} as const;

/** The ledger of a large core takes a while to check. */
const TIMEOUT_MS = 120_000;

/**
 * Makes the client of an administrator from the environment.
 *
 * @param coreUrl - the option `--core`, before the environment.
 * @throws FourMicaError `ADMIN_CREDENTIALS_MISSING` without a key or a wallet.
 */
export function adminClient(env: Environment, coreUrl: unknown): CoreClient {
  const settings = new Settings(ADMIN_SETTINGS, env);
  const baseUrl =
    typeof coreUrl === 'string'
      ? coreUrl
      : (settings.optional('CORE_URL') ?? ADMIN_SETTINGS.CORE_URL.fallback);
  const client = new CoreClient({ baseUrl, timeoutMs: TIMEOUT_MS });
  const adminApiKey = settings.optional('CORE_ADMIN_API_KEY');
  if (adminApiKey !== undefined) return client.withAdminApiKey(adminApiKey);
  if (settings.optional('CORE_ADMIN_WALLET_PRIVATE_KEY') !== undefined) {
    const signer = new LocalAccountSigner(settings.secret32('CORE_ADMIN_WALLET_PRIVATE_KEY'));
    return client.withTokenProvider(new AuthSession({ authUrl: baseUrl, signer }));
  }
  throw new FourMicaError(
    'ADMIN_CREDENTIALS_MISSING',
    'set CORE_ADMIN_API_KEY (or CORE_ADMIN_API_KEY_FILE) to an admin API key, which `4mica admin-key` shows for the seed of the core, or CORE_ADMIN_WALLET_PRIVATE_KEY(_FILE) to the key of a wallet with the admin role',
    {},
  );
}
