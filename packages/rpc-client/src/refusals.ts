import { RpcError } from './errors.js';

/** Why a core refused a call, recognised by its words. */
export type CoreRefusal =
  | 'REQ_ID_USED'
  | 'REQ_ID_NOT_NEXT'
  | 'TAB_NOT_FOUND'
  | 'TAB_CLOSED'
  | 'TAB_MISMATCH'
  | 'TAB_TTL'
  | 'NOT_ENOUGH_COLLATERAL'
  | 'USER_NOT_REGISTERED'
  | 'USER_SUSPENDED'
  | 'TIMESTAMP_IN_FUTURE'
  | 'TIMESTAMP_OUTSIDE_TAB'
  | 'VERSION_NOT_ACCEPTED'
  | 'SIGNATURE_REFUSED'
  | 'VALIDATION_REFUSED'
  | 'LOGIN_REQUIRED'
  | 'TOKEN_REFUSED'
  | 'NOT_YOUR_TAB'
  | 'SCOPE_MISSING'
  | 'ADMIN_KEY_REFUSED'
  | 'ADMIN_KEY_NOT_FOUND'
  | 'ISSUING_STOPPED'
  | 'CORE_BUSY'
  | 'NOT_A_CORE';

interface KnownRefusal {
  readonly refusal: CoreRefusal;
  /** The texts of the 4Mica wire spec (core HTTP API, guarantees, auth) that mean it. */
  readonly words: RegExp;
  readonly nextStep: string;
}

const LOGIN_REQUIRED: KnownRefusal = {
  refusal: 'LOGIN_REQUIRED',
  words: /^missing authorization$/,
  nextStep:
    'This core asks for a login: call enableAuth() on the ConfigBuilder of the SDK, or give CoreClient a `session` (AuthSession) or a `bearerToken`',
};

const KNOWN_REFUSALS: readonly KnownRefusal[] = [
  {
    refusal: 'REQ_ID_USED',
    words: /^another guarantee with req_id \d+ already exists$/,
    nextStep:
      'Another payment of this tab has this reqId: take the next one (openTab or getLatestGuarantee tell it) and sign again',
  },
  {
    refusal: 'REQ_ID_NOT_NEXT',
    words: /^req_id not valid$/,
    nextStep:
      'ReqIds of a tab follow each other without gaps: issue the payments before it first, or take the next reqId (openTab tells it) and sign again',
  },
  {
    refusal: 'TAB_CLOSED',
    words: /^tab already closed$/,
    nextStep:
      'The tab was paid, or its time is over: open the next one (createTab), whose reqIds start at 0, and sign again',
  },
  {
    refusal: 'TAB_NOT_FOUND',
    words: /^0x[0-9a-f]{1,64}$/,
    nextStep: 'This core does not know the tab: check the tab id, and that the tab was opened at this core',
  },
  {
    refusal: 'TAB_MISMATCH',
    words:
      /^(?:User|Recipient) address does not match tab$|^Invalid asset address$|only accepts guarantee version/,
    nextStep: 'Payer, recipient, asset and guarantee version have to be those of the tab: getTab tells them',
  },
  {
    refusal: 'TAB_TTL',
    words: /^tab ttl exceeds tab expiration time|^Invalid tab TTL$/,
    nextStep: 'Ask for a shorter life of the tab, above 0 seconds',
  },
  {
    refusal: 'NOT_ENOUGH_COLLATERAL',
    words: /^Not enough free collateral$/,
    nextStep:
      'The payer has to deposit more (deposit), or pay open tabs (payTab); what is being withdrawn does not count. getUserAssetBalance tells total and locked; a deposit counts as soon as its block is final',
  },
  {
    refusal: 'USER_NOT_REGISTERED',
    words: /^user not registered$/,
    nextStep:
      'The payer needs collateral first (deposit); the core knows it as soon as the block of the deposit is final',
  },
  {
    refusal: 'USER_SUSPENDED',
    words: /^user suspended$/,
    nextStep: 'The operator has suspended the payer or the recipient: ask the operator',
  },
  {
    refusal: 'TIMESTAMP_IN_FUTURE',
    words: /^timestamp is in the future$/,
    nextStep: 'Set the clock of the payer, take the present time in unix seconds, and sign again',
  },
  {
    refusal: 'TIMESTAMP_OUTSIDE_TAB',
    words: /^start timestamp modified$|^timestamp is too old/,
    nextStep:
      'The time of the claims is too long ago, before the first payment of the tab or after its end: take the present time in unix seconds, or open the next tab, and sign again',
  },
  {
    refusal: 'VERSION_NOT_ACCEPTED',
    words: /^guarantee (?:request )?version \S+ is not accepted/,
    nextStep: 'Take a version that the core accepts: params.acceptedGuaranteeVersionsOrDefault() tells them',
  },
  {
    refusal: 'SIGNATURE_REFUSED',
    words:
      /^Invalid signature$|^invalid hex signature$|^invalid signature length$|^signature recovery failed$/,
    nextStep:
      "The payer of the claims has to sign exactly these claims, with this core's signing domain, as signPayment does",
  },
  {
    refusal: 'VALIDATION_REFUSED',
    words: /^validation registry \S+ is not trusted$|^validation_chain_id \S+ must match core chain_id/,
    nextStep:
      'Take a registry of params.trustedValidationRegistries and the chain of the core, and compute the hashes again',
  },
  LOGIN_REQUIRED,
  {
    refusal: 'TOKEN_REFUSED',
    words: /^invalid access token$|^invalid authorization$|^missing bearer token$|^invalid chain id$/,
    nextStep:
      'The access token has ended, or is one of another core: pass a new one, or let the client log in (enableAuth() on the ConfigBuilder)',
  },
  {
    refusal: 'NOT_YOUR_TAB',
    words:
      /^recipient address does not match token subject|^tab access denied, must be owner or facilitator$/,
    nextStep:
      'Log in with the wallet of the recipient (of the payer to read its own tabs), or as a facilitator',
  },
  {
    refusal: 'SCOPE_MISSING',
    words: /^missing scope$|^admin role required$/,
    nextStep: 'This wallet or API key may not do that: the operator gives it the right',
  },
  {
    refusal: 'ADMIN_KEY_REFUSED',
    words: /^missing api key$|^invalid api key$|^api key revoked$/,
    nextStep:
      'Pass a valid admin API key: withAdminApiKey() of the client, or adminApiKey() of the ConfigBuilder',
  },
  {
    refusal: 'ADMIN_KEY_NOT_FOUND',
    words: /^api key \S+ not found$/,
    nextStep: 'listAdminApiKeys tells the ids',
  },
  {
    refusal: 'ISSUING_STOPPED',
    words: /^issuing is stopped/,
    nextStep: 'Try again later, or ask the operator',
  },
  {
    refusal: 'CORE_BUSY',
    words: /please retry/,
    nextStep: 'This passes by itself: make the same call again in a moment',
  },
];

/** Cores answer every route; what they do not find they name. */
const NOT_A_CORE = { refusal: 'NOT_A_CORE', nextStep: 'Is this the URL of a 4Mica core?' } as const;

/** Refusals of a caller that the core knows well; a new token would not help. */
const RIGHTS: ReadonlySet<CoreRefusal> = new Set(['NOT_YOUR_TAB', 'SCOPE_MISSING', 'ADMIN_KEY_REFUSED']);

const find = (reason: string | undefined): KnownRefusal | undefined =>
  reason === undefined ? undefined : KNOWN_REFUSALS.find(({ words }) => words.test(reason));

/** Decides whether a refusal means "your token is not valid": some cores answer 401 for missing rights as well. */
export function isTokenRejected(status: number | undefined, reason: string | undefined): boolean {
  const known = find(reason);
  return status === 401 && (known === undefined || !RIGHTS.has(known.refusal));
}

/**
 * Adds to a core's refusal what it means and what to do next, where its words are known.
 *
 * @param hasToken - whether the call had an access token.
 */
export function explainRefusal(error: RpcError, hasToken: boolean): RpcError {
  const { code, status, reason, message } = error;
  if (code !== 'RPC_STATUS') return error;
  const isLoginMissing = !hasToken && isTokenRejected(status, reason);
  const known = isLoginMissing ? LOGIN_REQUIRED : (find(reason) ?? (status === 404 ? NOT_A_CORE : undefined));
  if (known === undefined) return error;
  const context = { ...error.context, refusal: known.refusal };
  return new RpcError(code, `${message}. ${known.nextStep}`, context, { cause: error.cause });
}
