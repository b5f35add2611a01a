import { type AuthNonce, describeValue } from '@fourmica/core-types';
import { AuthChallengeRefusedError } from './errors.js';

/** What a login challenge has to be for. */
export interface ExpectedChallenge {
  readonly authUrl: URL;
  /** Accepted instead of the host of the auth URL, for services behind another name. */
  readonly expectedDomain?: string | undefined;
  readonly expectedChainId?: bigint | undefined;
}

/**
 * Checks that a login challenge is for the service that it came from. A signature over another service's domain would
 * log a malicious core, or a proxy in between, in there.
 *
 * @throws AuthChallengeRefusedError naming the member that differs.
 */
export function checkChallenge({ siwe }: AuthNonce, expected: ExpectedChallenge): void {
  const { authUrl, expectedDomain, expectedChainId } = expected;
  const domains = expectedDomain === undefined ? [authUrl.host, authUrl.hostname] : [expectedDomain];
  if (!includesIgnoringCase(domains, siwe.domain)) refuse('domain', siwe.domain, domains[0] as string);
  const uri = URL.canParse(siwe.uri) ? new URL(siwe.uri) : undefined;
  const hosts = expectedDomain === undefined ? [authUrl.host] : [expectedDomain, authUrl.host];
  const isHttp = uri?.protocol === 'http:' || uri?.protocol === 'https:';
  const isSameHost =
    uri !== undefined &&
    (includesIgnoringCase(hosts, uri.host) ||
      (expectedDomain !== undefined && includesIgnoringCase([expectedDomain], uri.hostname)));
  if (!isHttp || !isSameHost) refuse('uri', siwe.uri, `a URL of ${hosts.join(' or ')}`);
  if (expectedChainId !== undefined && siwe.chainId !== expectedChainId) {
    refuse('chainId', siwe.chainId, String(expectedChainId));
  }
}

const includesIgnoringCase = (texts: readonly string[], text: string): boolean =>
  texts.some((candidate) => candidate.toLowerCase() === text.toLowerCase());

function refuse(member: string, got: string | bigint, expected: string): never {
  const cure =
    member === 'chainId'
      ? 'connect to the core of the configured network'
      : 'use that name in the auth URL, or set expectedDomain when you know that the service runs under it';
  throw new AuthChallengeRefusedError(
    'AUTH_CHALLENGE_REFUSED',
    `the core asks to sign a login with siwe.${member} ${describeValue(got)}, expected ${expected}; nothing was signed: ${cure}`,
    { field: `siwe.${member}`, got: String(got), expected },
  );
}
