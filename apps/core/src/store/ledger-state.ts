import { type Address, FourMicaError } from '@fourmica/core-types';
import { address, column } from './rows.js';
import type { Queries } from './schema.js';

/**
 * Makes the database the ledger of a contract, or checks that it already is.
 *
 * @throws FourMicaError `DATABASE_OF_OTHER_CONTRACT` when it holds the ledger of another contract or chain.
 */
export async function claimLedger(
  db: Queries,
  chainId: bigint,
  contract: Address,
  nowMs: bigint,
): Promise<void> {
  await db
    .insertInto('ledger_state')
    .values({
      chain_id: chainId,
      contract_address: column(contract),
      halt_reason: null,
      updated_at_ms: nowMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const owner = await db
    .selectFrom('ledger_state')
    .select(['chain_id', 'contract_address'])
    .executeTakeFirstOrThrow();
  if (owner.chain_id === chainId && owner.contract_address === column(contract)) return;
  const held = { chainId: owner.chain_id, contractAddress: address(owner.contract_address) };
  throw new FourMicaError(
    'DATABASE_OF_OTHER_CONTRACT',
    `database: it holds the ledger of contract ${held.contractAddress} on chain ${held.chainId}, not of ${contract} on chain ${chainId}; check ETHEREUM_CONTRACT_ADDRESS and ETHEREUM_CHAIN_ID, or use another database`,
    { held, configured: { chainId, contractAddress: contract } },
  );
}

/** Reads why the ledger does not follow the chain; undefined while it does. */
export async function readHalt(db: Queries): Promise<string | undefined> {
  const row = await db.selectFrom('ledger_state').select('halt_reason').executeTakeFirst();
  return row?.halt_reason ?? undefined;
}

/** Keeps why the ledger does not follow the chain, for every process; null when it does again. */
export async function writeHalt(db: Queries, reason: string | null, nowMs: bigint): Promise<void> {
  await db.updateTable('ledger_state').set({ halt_reason: reason, updated_at_ms: nowMs }).execute();
}
