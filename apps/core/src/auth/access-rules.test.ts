import { parseAddress } from '@fourmica/core-types';
import { TOKEN_SCOPES } from '@fourmica/core-types/wallet-roles';
import { describe, expect, it } from 'vitest';
import {
  isTrustedWithCertificates,
  requireAdmin,
  requireRecipient,
  requireRecipientOrFacilitator,
  requireScope,
  requireTabPartyOrFacilitator,
  requireUserOrFacilitator,
} from './access-rules.js';
import { ANONYMOUS, type Caller } from './caller.js';
import type { Role } from './grant.js';

const user = parseAddress(`0x${'11'.repeat(20)}`);
const recipient = parseAddress(`0x${'22'.repeat(20)}`);
const stranger = parseAddress(`0x${'33'.repeat(20)}`);
const wallet = (address: typeof user, role: Role = 'user'): Caller => ({
  kind: 'wallet',
  address,
  role,
  scopes: new Set(TOKEN_SCOPES),
});
const callers = {
  payer: wallet(user),
  recipient: wallet(recipient),
  stranger: wallet(stranger),
  facilitator: wallet(stranger, 'facilitator'),
  admin: wallet(stranger, 'admin'),
  anonymous: ANONYMOUS,
};
const tab = { userAddress: user, recipientAddress: recipient };

type Name = keyof typeof callers;
const rules: readonly [string, (caller: Caller) => void, readonly Name[], string][] = [
  [
    'requireRecipient',
    (caller) => requireRecipient(caller, recipient),
    ['recipient', 'anonymous'],
    'recipient address does not match token subject',
  ],
  [
    'requireRecipientOrFacilitator',
    (caller) => requireRecipientOrFacilitator(caller, recipient),
    ['recipient', 'facilitator', 'anonymous'],
    'recipient address does not match token subject and role is not facilitator',
  ],
  [
    'requireUserOrFacilitator',
    (caller) => requireUserOrFacilitator(caller, user),
    ['payer', 'facilitator', 'anonymous'],
    'user address does not match token subject and role is not facilitator',
  ],
  [
    'requireTabPartyOrFacilitator',
    (caller) => requireTabPartyOrFacilitator(caller, tab),
    ['payer', 'recipient', 'facilitator', 'anonymous'],
    'tab access denied, must be owner or facilitator',
  ],
  ['requireAdmin', requireAdmin, ['admin'], 'admin role required'],
];

describe.each(rules)('%s', (_, rule, passing, text) => {
  it.each(Object.keys(callers) as Name[])('%s', (name) => {
    const call = () => rule(callers[name]);
    if (passing.includes(name)) expect(call).not.toThrow();
    else
      expect(call).toThrow(
        expect.objectContaining({ message: text, status: name === 'anonymous' ? 401 : 403 }),
      );
  });
});

describe('requireScope', () => {
  it('C-20: answers 403 when the token lacks the scope', () => {
    const caller: Caller = { kind: 'wallet', address: user, role: 'user', scopes: new Set(['tab:read']) };
    expect(() => requireScope(caller, 'tab:read')).not.toThrow();
    expect(() => requireScope(caller, 'tab:create')).toThrow(
      expect.objectContaining({ status: 403, message: 'missing scope' }),
    );
    expect(() => requireScope(ANONYMOUS, 'guarantee:issue')).not.toThrow();
  });
});

it('S-1: only the recipient and facilitators are trusted with certificates', () => {
  const trusted = (Object.keys(callers) as Name[]).filter((name) =>
    isTrustedWithCertificates(callers[name], recipient),
  );
  expect(trusted).toEqual(['recipient', 'facilitator']);
});
