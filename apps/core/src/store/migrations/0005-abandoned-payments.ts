import { type Kysely, type Migration, sql } from 'kysely';

/** Token payments of abandoned blocks, so that one that is mined again keeps the id under which it may be recorded. */
const statements = [
  `create table abandoned_payments (
    payment_id text not null,
    tx_hash text not null,
    log_index integer not null,
    tab_id numeric(78,0) not null,
    amount numeric(78,0) not null,
    constraint abandoned_payments_pkey primary key (payment_id),
    constraint abandoned_payments_id_form check (payment_id ~ '^0x[0-9a-f]{64}$'),
    constraint abandoned_payments_amount check (amount > 0)
  )`,
  'create index abandoned_payments_by_transaction on abandoned_payments (tx_hash)',
];

export const abandonedPaymentsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
