import { parseWith } from '@fourmica/core-types';
import {
  TOKEN_SCOPES,
  WALLET_ROLES,
  WALLET_STATUSES,
  type WalletRoleEntry,
  WalletRoleEntrySchema,
} from '@fourmica/core-types/wallet-roles';
import { adminClient } from '../admin-client.js';
import type { Command } from '../command.js';
import { CORE_OPTION, ENVIRONMENT, JSON_OPTION } from './admin-options.js';

/** `4mica role list`: shows the wallets that have a role of their own. */
export const listRolesCommand: Command = {
  name: 'role list',
  summary: 'list the wallets that have a role of their own',
  options: [CORE_OPTION, JSON_OPTION],
  examples: [`${ENVIRONMENT} 4mica role list`],
  async run(options, io) {
    const entries = await adminClient(process.env, options.core).listWalletRoles({ signal: io.interrupted });
    if (options.json === true) io.print(JSON.stringify(entries));
    else for (const entry of entries) io.print(row(entry));
    return 0;
  },
};

/** `4mica role set`: gives a wallet a role, or ends it. */
export const setRoleCommand: Command = {
  name: 'role set',
  args: [
    ['address', 'the wallet'],
    ['role', WALLET_ROLES.join(', ')],
  ],
  summary: 'give a wallet a role; a status other than active ends its logins',
  options: [
    ['--status <status>', WALLET_STATUSES.join(', '), 'active'],
    ['--scopes <list>', 'what its tokens may do, comma-separated', TOKEN_SCOPES.join(',')],
    CORE_OPTION,
  ],
  examples: [
    `${ENVIRONMENT} 4mica role set 0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1 facilitator`,
    `${ENVIRONMENT} 4mica role set 0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1 facilitator --status revoked`,
  ],
  async run(options, io, address = '', role = '') {
    const { status } = options;
    const scopes = String(options.scopes).split(',');
    const entry = parseWith(WalletRoleEntrySchema, { address, role, scopes, status }, 'wallet role');
    const client = adminClient(process.env, options.core);
    io.print(row(await client.setWalletRole(entry, { signal: io.interrupted })));
    return 0;
  },
};

const row = ({ address, role, scopes, status }: WalletRoleEntry): string =>
  [address, role, status, scopes.join(',')].join('  ');
