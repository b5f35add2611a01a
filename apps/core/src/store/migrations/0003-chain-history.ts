import { type Kysely, type Migration, sql } from 'kysely';

/**
 * What is needed to take back the effects of blocks that the chain abandons: the blocks that were taken in, and what
 * each of them changed. Both are kept for as many blocks as a reorganisation may be deep.
 */
const statements = [
  `create table chain_blocks (
    contract_address text not null,
    chain_id bigint not null,
    block_number bigint not null,
    block_hash text not null,
    block_timestamp bigint not null,
    created_at_ms bigint not null,
    constraint chain_blocks_pkey primary key (contract_address, chain_id, block_number)
  )`,
  `insert into chain_blocks
    select contract_address, chain_id, block_number, block_hash, block_timestamp, updated_at_ms
    from chain_cursors where block_hash is not null`,
  'drop table chain_cursors',
  `create table chain_effects (
    user_address text not null,
    id bigint generated always as identity,
    block_number bigint not null,
    asset_address text not null,
    total_change numeric(78,0) not null,
    withdrawal_before numeric(78,0) not null,
    withdrawal_requested_at_before bigint,
    tab_id numeric(78,0),
    paid_change numeric(78,0),
    remunerated_change numeric(78,0),
    settlement_status_before text,
    was_released boolean,
    collateral_event_id text,
    payment_id text,
    constraint chain_effects_pkey primary key (user_address, id),
    constraint chain_effects_balance_fkey foreign key (user_address, asset_address) references balances,
    constraint chain_effects_tab_fkey foreign key (user_address, tab_id) references tabs,
    constraint chain_effects_tab_whole check (
      (tab_id is null) = (paid_change is null) and (tab_id is null) = (remunerated_change is null)
      and (tab_id is null) = (settlement_status_before is null) and (tab_id is null) = (was_released is null))
  )`,
  'create index chain_effects_by_block on chain_effects (block_number)',
  'alter table chain_events add column applied_at_block bigint',
  `update chain_events set applied_at_block = block_number where status = 'APPLIED'`,
  `alter table chain_events add constraint chain_events_block_when_applied
    check ((status = 'APPLIED') = (applied_at_block is not null))`,
  'create index chain_events_by_block on chain_events (block_number)',
  'create index chain_events_by_applied_block on chain_events (applied_at_block)',
  `create index chain_events_quarantined on chain_events (name) where status = 'QUARANTINED'`,
  'create index payments_by_block on payments (block_number)',
];

export const chainHistoryMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
