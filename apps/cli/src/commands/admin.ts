import { ADMIN_SCOPES, type AdminApiKeyInfo } from '@fourmica/core-types';
import { adminClient } from '../admin-client.js';
import type { Command, CommandIo } from '../command.js';
import { CORE_OPTION, ENVIRONMENT, JSON_OPTION } from './admin-options.js';

/** `4mica user suspend`, `4mica user unsuspend`: stops a party, or lets it go on. */
const suspensionCommand = (verb: string, suspended: boolean, summary: string): Command => ({
  name: `user ${verb}`,
  args: [['address', 'the user']],
  summary,
  options: [CORE_OPTION],
  examples: [`${ENVIRONMENT} 4mica user ${verb} 0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1`],
  async run(options, io, address = '') {
    const info = await adminClient(process.env, options.core).updateUserSuspension(address, suspended, {
      signal: io.interrupted,
    });
    io.print(`${info.userAddress} is ${info.suspended ? 'suspended' : 'active'}`);
    return 0;
  },
});

export const suspendCommand = suspensionCommand(
  'suspend',
  true,
  'refuse new tabs and guarantees of a payer or a recipient',
);
export const unsuspendCommand = suspensionCommand('unsuspend', false, 'let a suspended user go on');

/** `4mica api-key create`: makes an admin API key. */
export const createApiKeyCommand: Command = {
  name: 'api-key create',
  args: [['name', 'what it is for']],
  summary: 'create an admin API key; its text, a secret, is printed this once',
  options: [
    [
      '--scopes <list>',
      `what it may do, comma-separated: ${ADMIN_SCOPES.join(', ')}`,
      'user_suspension:write',
    ],
    CORE_OPTION,
    JSON_OPTION,
  ],
  examples: [`${ENVIRONMENT} 4mica api-key create support --scopes user_suspension:write`],
  async run(options, io, name = '') {
    const scopes = String(options.scopes).split(',');
    const client = adminClient(process.env, options.core);
    const created = await client.createAdminApiKey({ name, scopes }, { signal: io.interrupted });
    if (options.json === true) io.print(JSON.stringify(created));
    else {
      io.note(row(created));
      io.print(created.apiKey);
    }
    return 0;
  },
};

/** `4mica api-key list`: shows every admin API key without its secret. */
export const listApiKeysCommand: Command = {
  name: 'api-key list',
  summary: 'list the admin API keys, newest first',
  options: [CORE_OPTION, JSON_OPTION],
  examples: [`${ENVIRONMENT} 4mica api-key list`],
  async run(options, io) {
    const keys = await adminClient(process.env, options.core).listAdminApiKeys({ signal: io.interrupted });
    if (options.json === true) io.print(JSON.stringify(keys));
    else for (const key of keys) io.print(row(key));
    return 0;
  },
};

/** `4mica api-key revoke`: ends an admin API key. */
export const revokeApiKeyCommand: Command = {
  name: 'api-key revoke',
  args: [['id', 'its id, as the list shows it']],
  summary: 'revoke an admin API key',
  options: [CORE_OPTION],
  examples: [`${ENVIRONMENT} 4mica api-key revoke 6f0b7a0e-6f1e-4c58-a0a0-2f3d0e9d7c11`],
  async run(options, io, id = '') {
    const client = adminClient(process.env, options.core);
    io.print(row(await client.revokeAdminApiKey(id, { signal: io.interrupted })));
    return 0;
  },
};

/** `4mica ledger check`: has the rules of the ledger checked. */
export const checkLedgerCommand: Command = {
  name: 'ledger check',
  summary: 'check the rules of the whole ledger; the exit code is 1 when one is broken',
  options: [CORE_OPTION],
  examples: [`${ENVIRONMENT} 4mica ledger check`],
  run: (options, io) => checkLedger(options.core, io),
};

async function checkLedger(core: unknown, io: CommandIo): Promise<number> {
  const { ok, violations } = await adminClient(process.env, core).checkLedger({ signal: io.interrupted });
  io.print(ok ? 'every rule holds' : `${violations.length} rules are broken`);
  for (const { rule, detail } of violations) io.print(`${rule}  ${detail}`);
  return ok ? 0 : 1;
}

type ShownKey = Pick<AdminApiKeyInfo, 'id' | 'name' | 'scopes' | 'createdAt'> & {
  readonly revokedAt?: number | null;
};

const row = ({ id, name, scopes, createdAt, revokedAt }: ShownKey): string =>
  [
    id,
    name,
    scopes.join(','),
    `created ${dateOf(createdAt)}`,
    ...(typeof revokedAt === 'number' ? [`revoked ${dateOf(revokedAt)}`] : []),
  ].join('  ');

const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
