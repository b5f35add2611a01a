import type { SettlementStatus, TabStatus } from '@fourmica/core-types';
import type { Generated, GeneratedAlways, Kysely, Transaction } from 'kysely';
import type { AuthTables } from '../auth/index.js';

/** Columns of the ledger as TypeScript sees them: numeric(78,0) and int8 are bigint, addresses are lower-case text. */
export interface LedgerSchema extends AuthTables {
  users: UsersTable;
  balances: BalancesTable;
  tabs: TabsTable;
  guarantees: GuaranteesTable;
  collateral_events: CollateralEventsTable;
  payments: PaymentsTable;
  abandoned_payments: AbandonedPaymentsTable;
  chain_events: ChainEventsTable;
  chain_blocks: ChainBlocksTable;
  chain_effects: ChainEffectsTable;
  leases: LeasesTable;
  ledger_state: LedgerStateTable;
}

/** The database, or a transaction in it. */
export type Queries = Kysely<LedgerSchema>;
/** A transaction: functions that take one may only run inside it. */
export type Tx = Transaction<LedgerSchema>;

interface UsersTable {
  user_address: string;
  is_suspended: Generated<boolean>;
  created_at_ms: bigint;
  updated_at_ms: bigint;
}

interface BalancesTable {
  user_address: string;
  asset_address: string;
  total: bigint;
  locked: bigint;
  pending_withdrawal: bigint;
  withdrawal_requested_at: bigint | null;
  version: bigint;
  updated_at_ms: bigint;
}

interface TabsTable {
  user_address: string;
  tab_id: bigint;
  recipient_address: string;
  asset_address: string;
  guarantee_version: number;
  start_timestamp: bigint;
  ttl_seconds: bigint;
  status: TabStatus;
  settlement_status: SettlementStatus;
  total_amount: bigint;
  paid_amount: bigint;
  remunerated_amount: bigint;
  last_req_id: bigint | null;
  last_timestamp: bigint | null;
  is_released: boolean;
  created_at_ms: bigint;
  updated_at_ms: bigint;
}

interface GuaranteesTable {
  user_address: string;
  tab_id: bigint;
  req_id: bigint;
  guarantee_version: number;
  amount: bigint;
  total_amount: bigint;
  claims_timestamp: bigint;
  /** Hash of the claims' content, independent of how they were signed or spelled. */
  claims_hash: string;
  /** The request as JSON in wire form: claims, signature, scheme. */
  request: string;
  /** `0x` hex, null while reserved and not signed. */
  certificate_claims: string | null;
  certificate_signature: string | null;
  created_at_ms: bigint;
}

interface CollateralEventsTable {
  user_address: string;
  id: string;
  asset_address: string;
  amount: bigint;
  event_type: 'DEPOSIT' | 'WITHDRAW' | 'RESERVE' | 'CANCEL_RESERVE' | 'UNLOCK' | 'REMUNERATE';
  tab_id: bigint | null;
  req_id: bigint | null;
  tx_id: string | null;
  created_at_ms: bigint;
}

/** FOUND: in a final block, to be recorded. SENT: the record transaction was sent. FINALIZED: counted. FAILED: refused. */
export type PaymentState = 'FOUND' | 'SENT' | 'FINALIZED' | 'FAILED';

interface PaymentsTable {
  user_address: string;
  payment_id: string;
  tab_id: bigint;
  recipient_address: string;
  asset_address: string;
  amount: bigint;
  tx_hash: string;
  log_index: number | null;
  block_number: bigint;
  block_hash: string;
  state: PaymentState;
  counted_amount: bigint;
  record_tx_hash: string | null;
  record_attempts: number;
  /** Not tried again before this time. */
  retry_after_ms: bigint;
  last_error: string | null;
  created_at_ms: bigint;
  updated_at_ms: bigint;
}

interface AbandonedPaymentsTable {
  payment_id: string;
  tx_hash: string;
  log_index: number;
  tab_id: bigint;
  amount: bigint;
}

interface ChainEventsTable {
  chain_id: bigint;
  block_hash: string;
  tx_hash: string;
  log_index: number;
  block_number: bigint;
  contract_address: string;
  name: string;
  args: string;
  /** QUARANTINED events had no effect and need an operator. */
  status: 'APPLIED' | 'QUARANTINED';
  error: string | null;
  /** Block at which its effects count, normally its own; null while it has none. */
  applied_at_block: bigint | null;
  created_at_ms: bigint;
}

/** Blocks at which the ledger stood; the newest is its position. */
interface ChainBlocksTable {
  contract_address: string;
  chain_id: bigint;
  block_number: bigint;
  block_hash: string;
  block_timestamp: bigint;
  created_at_ms: bigint;
}

/** What a block changed, so that it can be taken back. The members about a tab are all null without one. */
interface ChainEffectsTable {
  user_address: string;
  id: GeneratedAlways<bigint>;
  block_number: bigint;
  asset_address: string;
  total_change: bigint;
  withdrawal_before: bigint;
  withdrawal_requested_at_before: bigint | null;
  tab_id: bigint | null;
  paid_change: bigint | null;
  remunerated_change: bigint | null;
  settlement_status_before: SettlementStatus | null;
  was_released: boolean | null;
  collateral_event_id: string | null;
  /** The payment that was counted. */
  payment_id: string | null;
}

interface LeasesTable {
  name: string;
  holder: string;
  epoch: bigint;
  expires_at_ms: bigint;
}

/** Whose ledger this is; one row. */
interface LedgerStateTable {
  is_only: Generated<boolean>;
  chain_id: bigint;
  contract_address: string;
  /** Why the ledger does not follow the chain; null while it does. */
  halt_reason: string | null;
  updated_at_ms: bigint;
}
