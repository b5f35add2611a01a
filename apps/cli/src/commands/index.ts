import type { Command } from '../command.js';
import {
  checkLedgerCommand,
  createApiKeyCommand,
  listApiKeysCommand,
  revokeApiKeyCommand,
  suspendCommand,
  unsuspendCommand,
} from './admin.js';
import { withAdvice } from './advice.js';
import { acceptBranchCommand, rescanCommand, retryQuarantineCommand } from './chain.js';
import { adminKeyCommand, coreCommand } from './core.js';
import { demoCommand } from './demo.js';
import { facilitatorCommand } from './facilitator.js';
import { localnetCommand } from './localnet.js';
import { listRolesCommand, setRoleCommand } from './role.js';

/** What administers a core over HTTP. */
const adminCommands: readonly Command[] = [
  listApiKeysCommand,
  createApiKeyCommand,
  revokeApiKeyCommand,
  listRolesCommand,
  setRoleCommand,
  suspendCommand,
  unsuspendCommand,
  checkLedgerCommand,
  retryQuarantineCommand,
  rescanCommand,
  acceptBranchCommand,
];

/** Every command of the CLI, in the order in which help lists them. */
export const commands: readonly Command[] = [
  demoCommand,
  localnetCommand,
  coreCommand,
  facilitatorCommand,
  adminKeyCommand,
  ...adminCommands.map(withAdvice),
];
