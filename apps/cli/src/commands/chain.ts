import { parseUint, ValidationError } from '@fourmica/core-types';
import { acceptBranch, rescanBlocks, retryQuarantine } from '@fourmica/rpc-client/chain-repairs';
import { adminClient } from '../admin-client.js';
import type { Command } from '../command.js';
import { CORE_OPTION, ENVIRONMENT, JSON_OPTION } from './admin-options.js';

/** `4mica chain quarantine-retry`: has the events tried again that could not be applied. */
export const retryQuarantineCommand: Command = {
  name: 'chain quarantine-retry',
  summary: 'apply the events that the core set aside; the exit code is 1 when some stay there',
  options: [CORE_OPTION, JSON_OPTION],
  examples: [`${ENVIRONMENT} 4mica chain quarantine-retry`],
  async run(options, io) {
    const client = adminClient(process.env, options.core);
    const result = await retryQuarantine(client, { signal: io.interrupted });
    const { applied, remaining } = result;
    if (options.json === true) io.print(JSON.stringify(result));
    else {
      io.print(`events applied: ${applied}, still in quarantine: ${remaining.length}`);
      for (const { name, blockNumber, txHash, error } of remaining) {
        io.print([name, `block ${blockNumber}`, txHash, error].join('  '));
      }
    }
    return remaining.length === 0 ? 0 : 1;
  },
};

/** `4mica chain rescan`: has blocks read again that the ledger has passed. */
export const rescanCommand: Command = {
  name: 'chain rescan',
  args: [
    ['from_block', 'the first block'],
    ['to_block', 'the last block; at most 1,000 blocks at once'],
  ],
  summary:
    'read blocks again that the ledger has passed, and take in what is missing; the exit code is 1 when some of that went to quarantine',
  options: [CORE_OPTION, JSON_OPTION],
  examples: [`${ENVIRONMENT} 4mica chain rescan 19000000 19000999`],
  async run(options, io, from, to) {
    const blocks = { fromBlock: parseBlock(from, 'from_block'), toBlock: parseBlock(to, 'to_block') };
    const client = adminClient(process.env, options.core);
    const result = await rescanBlocks(client, blocks, { signal: io.interrupted });
    const { events, payments, quarantined } = result;
    io.print(
      options.json === true
        ? JSON.stringify(result)
        : `events taken in: ${events}, payments in ETH: ${payments}, events in quarantine: ${quarantined}`,
    );
    return quarantined === 0 ? 0 : 1;
  },
};

/** `4mica chain accept-branch`: lets the ledger follow the chain after a reorganisation that was too deep. */
export const acceptBranchCommand: Command = {
  name: 'chain accept-branch',
  args: [['block_number', 'the last block that the abandoned branch and the new one share']],
  summary: 'let the ledger go on from a block after a reorganisation deeper than MAX_REORG_DEPTH',
  options: [CORE_OPTION, JSON_OPTION],
  examples: [`${ENVIRONMENT} 4mica chain accept-branch 19000123`],
  async run(options, io, block) {
    const blockNumber = parseBlock(block, 'block_number');
    const client = adminClient(process.env, options.core);
    const result = await acceptBranch(client, blockNumber, { signal: io.interrupted });
    const { effects, events, payments } = result;
    io.print(
      options.json === true
        ? JSON.stringify(result)
        : `the ledger goes on from block ${blockNumber}; taken back: events ${events}, payments ${payments}, changes of balances and tabs ${effects}`,
    );
    return 0;
  },
};

const SAFE_INTEGER_BITS = 53;

function parseBlock(value: unknown, argument: string): number {
  try {
    return Number(parseUint(value, SAFE_INTEGER_BITS, argument));
  } catch (cause) {
    throw new ValidationError(argument, value, 'a block number, such as 19000000', { cause });
  }
}
