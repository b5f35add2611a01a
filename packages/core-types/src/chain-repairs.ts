import * as z from 'zod/mini';
import { attempt } from './attempt.js';
import { parseUint, toSafeNumber, uintToHex } from './uint.js';

const BLOCK_ERROR = 'expected a block number, a whole number from 0 to 2^53-1';
const BlockNumberSchema = z
  .int(BLOCK_ERROR)
  .check(z.minimum(0, BLOCK_ERROR), z.maximum(Number.MAX_SAFE_INTEGER, BLOCK_ERROR));

/** A block number as `0x` text on the wire. */
const BlockNumberTextSchema = z.codec(z.string(), BlockNumberSchema, {
  decode: (text, payload) =>
    attempt(() => toSafeNumber(parseUint(text, 64, 'block_number'), 'block_number'), text, payload),
  encode: (block) => uintToHex(BigInt(block)),
});

/** Body of `POST /core/admin/chain/quarantine-retry`: an empty object. */
export const QuarantineRetryRequestSchema = z.object({});

/** An event of the contract that the ledger has set aside. */
export interface QuarantinedEventInfo {
  /** Name in the contract's ABI. */
  readonly name: string;
  readonly blockNumber: number;
  readonly txHash: string;
  /** Why it could not be applied. */
  readonly error: string;
}

const QuarantinedEventInfoSchema = z.codec(
  z.object({ name: z.string(), block_number: BlockNumberTextSchema, tx_hash: z.string(), error: z.string() }),
  z.custom<QuarantinedEventInfo>(),
  {
    decode: ({ block_number, tx_hash, ...wire }) => ({ ...wire, blockNumber: block_number, txHash: tx_hash }),
    encode: ({ name, blockNumber, txHash, error }) => ({
      name,
      block_number: blockNumber,
      tx_hash: txHash,
      error,
    }),
  },
);

/** Answer of `POST /core/admin/chain/quarantine-retry`: how many events count now, and those that do not. */
export const QuarantineRetryAnswerSchema = z.object({
  applied: z.int(),
  remaining: z.array(QuarantinedEventInfoSchema),
});
/** What became of the quarantine of a core. */
export type QuarantineRetry = z.output<typeof QuarantineRetryAnswerSchema>;

/** Blocks that a core reads again, both included. */
export interface RescanRequest {
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** Body of `POST /core/admin/chain/rescan`, and as {@link RescanRequest}. */
export const RescanRequestSchema = z.codec(
  z.object({ from_block: BlockNumberSchema, to_block: BlockNumberSchema }),
  z.custom<RescanRequest>(),
  {
    decode: (wire) => ({ fromBlock: wire.from_block, toBlock: wire.to_block }),
    encode: (blocks) => ({ from_block: blocks.fromBlock, to_block: blocks.toBlock }),
  },
);

/** Answer of `POST /core/admin/chain/rescan`: what the ledger had missed, and how much of it went to quarantine. */
export const RescanAnswerSchema = z.object({ events: z.int(), payments: z.int(), quarantined: z.int() });
/** What a core found in blocks that it read again. */
export type Rescan = z.output<typeof RescanAnswerSchema>;

/** Body of `POST /core/admin/chain/accept-branch`: the last block that the abandoned branch and the new one share. */
export const AcceptBranchRequestSchema = z.codec(
  z.object({ block_number: BlockNumberSchema }),
  z.custom<{ readonly blockNumber: number }>(),
  {
    decode: (wire) => ({ blockNumber: wire.block_number }),
    encode: ({ blockNumber }) => ({ block_number: blockNumber }),
  },
);

/** Answer of `POST /core/admin/chain/accept-branch`: what was taken back. */
export const AcceptBranchAnswerSchema = z.object({ effects: z.int(), events: z.int(), payments: z.int() });
/** What a core took back of an abandoned branch: changes of balances and tabs, events, payments. */
export type AcceptedBranch = z.output<typeof AcceptBranchAnswerSchema>;
