-- The ledger as the first release made and filled it. Never changed: upgrades start from here.
create table users (
  user_address text not null,
  is_suspended boolean not null default false,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  constraint users_pkey primary key (user_address),
  constraint users_address_form check (user_address ~ '^0x[0-9a-f]{40}$')
);
create table balances (
  user_address text not null,
  asset_address text not null,
  total numeric(78,0) not null default 0,
  locked numeric(78,0) not null default 0,
  pending_withdrawal numeric(78,0) not null default 0,
  withdrawal_requested_at bigint,
  version bigint not null default 0,
  updated_at_ms bigint not null,
  constraint balances_pkey primary key (user_address, asset_address),
  constraint balances_user_fkey foreign key (user_address) references users,
  constraint balances_asset_form check (asset_address ~ '^0x[0-9a-f]{40}$'),
  constraint balances_total_not_negative check (total >= 0),
  constraint balances_locked_not_negative check (locked >= 0),
  constraint balances_pending_not_negative check (pending_withdrawal >= 0)
);
create table tabs (
  user_address text not null,
  tab_id numeric(78,0) not null,
  recipient_address text not null,
  asset_address text not null,
  guarantee_version integer not null,
  start_timestamp bigint not null,
  ttl_seconds bigint not null,
  status text not null,
  settlement_status text not null,
  total_amount numeric(78,0) not null default 0,
  paid_amount numeric(78,0) not null default 0,
  remunerated_amount numeric(78,0) not null default 0,
  last_req_id numeric(78,0),
  last_timestamp bigint,
  is_released boolean not null default false,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  constraint tabs_pkey primary key (user_address, tab_id),
  constraint tabs_id_unique unique (tab_id),
  constraint tabs_user_fkey foreign key (user_address) references users,
  constraint tabs_id_positive check (tab_id > 0),
  constraint tabs_recipient_form check (recipient_address ~ '^0x[0-9a-f]{40}$'),
  constraint tabs_asset_form check (asset_address ~ '^0x[0-9a-f]{40}$'),
  constraint tabs_parties_differ check (user_address <> recipient_address),
  constraint tabs_version_known check (guarantee_version in (1, 2)),
  constraint tabs_ttl_positive check (ttl_seconds > 0),
  constraint tabs_status_known check (status in ('PENDING', 'OPEN', 'CLOSED')),
  constraint tabs_settlement_known check (settlement_status in ('PENDING', 'SETTLED', 'FAILED', 'REMUNERATED')),
  constraint tabs_paid_within_total check (paid_amount >= 0 and paid_amount <= total_amount),
  constraint tabs_remunerated_not_negative check (remunerated_amount >= 0),
  constraint tabs_total_iff_issued check ((last_req_id is null) = (total_amount = 0)),
  constraint tabs_timestamp_iff_issued check ((last_req_id is null) = (last_timestamp is null)),
  constraint tabs_pending_iff_unused check (status <> 'PENDING' or last_req_id is null),
  constraint tabs_open_iff_used check (status <> 'OPEN' or last_req_id is not null)
);
create unique index tabs_active_identity on tabs (user_address, recipient_address, asset_address, guarantee_version)
  where status in ('PENDING', 'OPEN') and settlement_status = 'PENDING';
create index tabs_by_recipient on tabs (recipient_address, updated_at_ms desc);
create index tabs_by_user on tabs (user_address, updated_at_ms desc);
create index tabs_locking on tabs (last_timestamp) where last_timestamp is not null and not is_released
  and settlement_status in ('PENDING', 'REMUNERATED');
create table guarantees (
  user_address text not null,
  tab_id numeric(78,0) not null,
  req_id numeric(78,0) not null,
  guarantee_version integer not null,
  amount numeric(78,0) not null,
  total_amount numeric(78,0) not null,
  claims_timestamp bigint not null,
  claims_hash text not null,
  request text not null,
  certificate_claims text,
  certificate_signature text,
  created_at_ms bigint not null,
  constraint guarantees_pkey primary key (user_address, tab_id, req_id),
  constraint guarantees_tab_fkey foreign key (user_address, tab_id) references tabs,
  constraint guarantees_req_id_not_negative check (req_id >= 0),
  constraint guarantees_amount_positive check (amount > 0),
  constraint guarantees_total_covers_amount check (total_amount >= amount),
  constraint guarantees_certificate_whole check ((certificate_claims is null) = (certificate_signature is null))
);
create index guarantees_unsigned on guarantees (created_at_ms) where certificate_claims is null;
create table collateral_events (
  user_address text not null,
  id text not null,
  asset_address text not null,
  amount numeric(78,0) not null,
  event_type text not null,
  tab_id numeric(78,0),
  req_id numeric(78,0),
  tx_id text,
  created_at_ms bigint not null,
  constraint collateral_events_pkey primary key (user_address, id),
  constraint collateral_events_user_fkey foreign key (user_address) references users,
  constraint collateral_events_amount_not_negative check (amount >= 0),
  constraint collateral_events_type_known check (
    event_type in ('DEPOSIT', 'WITHDRAW', 'RESERVE', 'CANCEL_RESERVE', 'UNLOCK', 'REMUNERATE'))
);
create index collateral_events_by_tab on collateral_events (user_address, tab_id) where tab_id is not null;
create table payments (
  user_address text not null,
  payment_id text not null,
  tab_id numeric(78,0) not null,
  recipient_address text not null,
  asset_address text not null,
  amount numeric(78,0) not null,
  tx_hash text not null,
  log_index integer,
  block_number bigint not null,
  block_hash text not null,
  state text not null,
  counted_amount numeric(78,0) not null default 0,
  record_tx_hash text,
  record_attempts integer not null default 0,
  retry_after_ms bigint not null default 0,
  last_error text,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  constraint payments_pkey primary key (user_address, payment_id),
  constraint payments_tab_fkey foreign key (user_address, tab_id) references tabs,
  constraint payments_id_form check (payment_id ~ '^0x[0-9a-f]{64}$'),
  constraint payments_amount_positive check (amount > 0),
  constraint payments_counted_within_amount check (counted_amount >= 0 and counted_amount <= amount),
  constraint payments_state_known check (state in ('FOUND', 'SENT', 'FINALIZED', 'FAILED')),
  constraint payments_counted_when_final check (state = 'FINALIZED' or counted_amount = 0)
);
create index payments_by_id on payments (payment_id);
create index payments_by_recipient on payments (recipient_address, created_at_ms desc);
create index payments_unfinished on payments (retry_after_ms) where state in ('FOUND', 'SENT');
create table chain_events (
  chain_id bigint not null,
  block_hash text not null,
  tx_hash text not null,
  log_index integer not null,
  block_number bigint not null,
  contract_address text not null,
  name text not null,
  args text not null,
  status text not null,
  error text,
  created_at_ms bigint not null,
  constraint chain_events_pkey primary key (chain_id, block_hash, tx_hash, log_index),
  constraint chain_events_status_known check (status in ('APPLIED', 'QUARANTINED')),
  constraint chain_events_error_when_quarantined check ((status = 'QUARANTINED') = (error is not null))
);
create table chain_cursors (
  contract_address text not null,
  chain_id bigint not null,
  block_number bigint not null,
  block_hash text,
  block_timestamp bigint not null,
  updated_at_ms bigint not null,
  constraint chain_cursors_pkey primary key (contract_address, chain_id)
);
create table leases (
  name text not null,
  holder text not null,
  epoch bigint not null,
  expires_at_ms bigint not null,
  constraint leases_pkey primary key (name),
  constraint leases_epoch_positive check (epoch > 0)
);
create table auth_nonces (
  address text not null,
  nonce text not null,
  client text not null,
  issued_at_ms bigint not null,
  expires_at_ms bigint not null,
  used_at_ms bigint,
  failed_attempts integer not null default 0,
  constraint auth_nonces_pkey primary key (address, nonce),
  constraint auth_nonces_address_form check (address ~ '^0x[0-9a-f]{40}$'),
  constraint auth_nonces_attempts_not_negative check (failed_attempts >= 0)
);
create index auth_nonces_by_expiry on auth_nonces (expires_at_ms);
create index auth_nonces_unused_by_client on auth_nonces (client, address) where used_at_ms is null;
create table auth_refresh_tokens (
  token_hash text not null,
  family_id uuid not null,
  address text not null,
  issued_at_ms bigint not null,
  expires_at_ms bigint not null,
  revoked_at_ms bigint,
  replaced_by text,
  constraint auth_refresh_tokens_pkey primary key (token_hash),
  constraint auth_refresh_tokens_hash_form check (token_hash ~ '^[0-9a-f]{64}$'),
  constraint auth_refresh_tokens_address_form check (address ~ '^0x[0-9a-f]{40}$'),
  constraint auth_refresh_tokens_replaced_is_revoked check (replaced_by is null or revoked_at_ms is not null)
);
create index auth_refresh_tokens_by_family on auth_refresh_tokens (family_id) where revoked_at_ms is null;
create index auth_refresh_tokens_by_expiry on auth_refresh_tokens (expires_at_ms);
create table wallet_roles (
  address text not null,
  role text not null,
  scopes text not null,
  status text not null,
  updated_at_ms bigint not null,
  constraint wallet_roles_pkey primary key (address),
  constraint wallet_roles_address_form check (address ~ '^0x[0-9a-f]{40}$'),
  constraint wallet_roles_role_known check (role in ('user', 'facilitator', 'admin')),
  constraint wallet_roles_status_known check (status in ('active', 'suspended', 'revoked')),
  constraint wallet_roles_scopes_are_json check (jsonb_typeof(scopes::jsonb) = 'array')
);
create table admin_api_keys (
  id uuid not null,
  name text not null,
  scopes text not null,
  secret_hash text not null,
  created_at_ms bigint not null,
  revoked_at_ms bigint,
  constraint admin_api_keys_pkey primary key (id),
  constraint admin_api_keys_hash_form check (secret_hash ~ '^[0-9a-f]{64}$'),
  constraint admin_api_keys_scopes_are_json check (jsonb_typeof(scopes::jsonb) = 'array')
);
create table kysely_migration (name varchar(255) not null primary key, timestamp varchar(255) not null);
create table kysely_migration_lock (id varchar(255) not null primary key, is_locked integer default 0 not null);
insert into kysely_migration values ('0001-ledger', '2026-01-01T00:00:00.000Z'), ('0002-auth', '2026-01-01T00:00:00.000Z');
insert into kysely_migration_lock values ('migration_lock', 0);

insert into users values
  ('0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', false, 1, 1),
  ('0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', true, 1, 1);
insert into balances values
  ('0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0x0000000000000000000000000000000000000000',
    115792089237316195423570985008687907853269984665640564039457584007913129639935, 30, 5, 1700, 4, 1);
insert into tabs values
  ('0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 7, '0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
    '0x0000000000000000000000000000000000000000', 1, 1000, 86400, 'OPEN', 'PENDING', 40, 10, 0, 0, 1000, false, 1, 1);
insert into guarantees values
  ('0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 7, 0, 1, 40, 40, 1000, 'hash of the claims',
    '{"claims":{"version":"v1","user_address":"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","recipient_address":"0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","tab_id":"0x7","req_id":"0x0","amount":"0x28","asset_address":"0x0000000000000000000000000000000000000000","timestamp":1000},"signature":"0x111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111b","scheme":"eip712"}',
    null, null, 1);
insert into collateral_events values
  ('0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '00000000-0000-4000-8000-000000000001',
    '0x0000000000000000000000000000000000000000', 10, 'UNLOCK', 7, null, 'hash of a transaction', 1);
insert into payments values
  ('0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0x1111111111111111111111111111111111111111111111111111111111111111', 7,
    '0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', '0x0000000000000000000000000000000000000000', 10,
    'hash of a transaction', null, 90, 'hash of a block', 'FINALIZED', 10, 'hash of a record', 1, 0, null, 1, 1);
insert into chain_events values
  (31337, 'hash of a block', 'hash of a transaction', 3, 95, '0xcccccccccccccccccccccccccccccccccccccccc',
    'CollateralDeposited', '{}', 'APPLIED', null, 1),
  (31337, 'hash of a block', 'hash of a transaction', 4, 96, '0xcccccccccccccccccccccccccccccccccccccccc',
    'RecipientRemunerated', '{}', 'QUARANTINED', 'tab 9 is unknown', 1);
insert into chain_cursors values
  ('0xcccccccccccccccccccccccccccccccccccccccc', 31337, 100, 'hash of a block', 1234, 1);
insert into wallet_roles values ('0xdddddddddddddddddddddddddddddddddddddddd', 'facilitator', '["tab:read"]', 'suspended', 1);
insert into admin_api_keys values
  ('00000000-0000-4000-8000-000000000002', 'support', '["user_suspension:write"]',
    '2222222222222222222222222222222222222222222222222222222222222222', 1, 2);
