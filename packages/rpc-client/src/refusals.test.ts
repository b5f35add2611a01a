import { describe, expect, it } from 'vitest';
import { RpcError } from './errors.js';
import { explainRefusal, isTokenRejected } from './refusals.js';

const refused = (status: number, reason: string) =>
  new RpcError('RPC_STATUS', `${reason} (POST /core/guarantees, status ${status})`, {
    method: 'POST',
    url: '/core/guarantees',
    status,
    reason,
    requestId: 'req-7',
  });

describe('the words of a core are explained', () => {
  it.each([
    [400, 'another guarantee with req_id 3 already exists', 'REQ_ID_USED', /next one \(openTab/],
    [400, 'req_id not valid', 'REQ_ID_NOT_NEXT', /without gaps/],
    [404, '0x2a', 'TAB_NOT_FOUND', /check the tab id/],
    [409, 'tab already closed', 'TAB_CLOSED', /createTab/],
    [400, 'User address does not match tab', 'TAB_MISMATCH', /getTab/],
    [400, 'Recipient address does not match tab', 'TAB_MISMATCH', /getTab/],
    [400, 'Invalid asset address', 'TAB_MISMATCH', /getTab/],
    [400, 'tab 0x2a only accepts guarantee version 2, got 1', 'TAB_MISMATCH', /getTab/],
    [400, 'tab ttl exceeds tab expiration time (ttl=9, max=8)', 'TAB_TTL', /shorter/],
    [400, 'Not enough free collateral', 'NOT_ENOUGH_COLLATERAL', /deposit .*payTab/],
    [400, 'user not registered', 'USER_NOT_REGISTERED', /deposit/],
    [403, 'user suspended', 'USER_SUSPENDED', /operator/],
    [400, 'timestamp is in the future', 'TIMESTAMP_IN_FUTURE', /clock/],
    [400, 'start timestamp modified', 'TIMESTAMP_OUTSIDE_TAB', /present time/],
    [
      400,
      'timestamp is too old: the first claims of a tab may be at most 60 s old, these are 61 s',
      'TIMESTAMP_OUTSIDE_TAB',
      /present time/,
    ],
    [400, 'guarantee version 3 is not accepted by core', 'VERSION_NOT_ACCEPTED', /acceptedGuarantee/],
    [
      400,
      'guarantee request version 2 is not accepted; accepted versions are [1]',
      'VERSION_NOT_ACCEPTED',
      /accept/,
    ],
    [400, 'Invalid signature', 'SIGNATURE_REFUSED', /signPayment/],
    [400, 'validation registry 0x11 is not trusted', 'VALIDATION_REFUSED', /trustedValidationRegistries/],
    [400, 'validation_chain_id 1 must match core chain_id 2', 'VALIDATION_REFUSED', /chain of the core/],
    [401, 'invalid access token', 'TOKEN_REFUSED', /enableAuth/],
    [401, 'tab access denied, must be owner or facilitator', 'NOT_YOUR_TAB', /Log in with/],
    [403, 'missing scope', 'SCOPE_MISSING', /operator/],
    [401, 'invalid api key', 'ADMIN_KEY_REFUSED', /withAdminApiKey/],
    [404, 'api key 7 not found', 'ADMIN_KEY_NOT_FOUND', /listAdminApiKeys/],
    [404, 'not found', 'NOT_A_CORE', /URL of a 4Mica core/],
    [503, 'issuing is stopped: the chain is unknown, please retry later', 'ISSUING_STOPPED', /later/],
    [409, 'request failed, please retry', 'CORE_BUSY', /again/],
  ])('%i %s', (status, reason, refusal, nextStep) => {
    const error = explainRefusal(refused(status, reason), true);
    expect(error).toMatchObject({ code: 'RPC_STATUS', status, reason, refusal, requestId: 'req-7' });
    expect(error.message.startsWith(`${reason} (`)).toBe(true);
    expect(error.message.slice(reason.length)).toMatch(nextStep);
  });

  it('and words that nobody knows stay as they are', () => {
    const error = refused(418, 'I am a teapot');
    expect(explainRefusal(error, false)).toBe(error);
  });

  it('a 401 without a token asks for a login, whatever its words', () => {
    expect(explainRefusal(refused(401, 'nope'), false)).toMatchObject({ refusal: 'LOGIN_REQUIRED' });
    expect(explainRefusal(refused(401, 'missing scope'), false)).toMatchObject({ refusal: 'SCOPE_MISSING' });
  });
});

describe('C-20: a 401 about rights is no reason to log in again', () => {
  it.each([
    [401, 'invalid access token', true],
    [401, 'missing authorization', true],
    [401, '', true],
    [401, 'missing scope', false],
    [401, 'tab access denied, must be owner or facilitator', false],
    [403, 'missing scope', false],
    [undefined, undefined, false],
  ])('%s %s', (status, reason, expected) => {
    expect(isTokenRejected(status, reason)).toBe(expected);
  });
});
