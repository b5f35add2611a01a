import { type Kysely, type Migration, sql } from 'kysely';

/**
 * Whose ledger the database holds, and why it does not follow the chain: one row at most. A database that already holds
 * the blocks of one contract belongs to that one.
 */
const statements = [
  `create table ledger_state (
    is_only boolean not null default true,
    chain_id bigint not null,
    contract_address text not null,
    halt_reason text,
    updated_at_ms bigint not null,
    constraint ledger_state_pkey primary key (is_only),
    constraint ledger_state_only_one check (is_only),
    constraint ledger_state_address_form check (contract_address ~ '^0x[0-9a-f]{40}$')
  )`,
  `insert into ledger_state (chain_id, contract_address, updated_at_ms)
    select chain_id, contract_address, max(created_at_ms) from chain_blocks
    group by chain_id, contract_address order by max(block_number) desc limit 1`,
];

export const ledgerStateMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
