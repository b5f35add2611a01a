import { FourMicaError } from '@fourmica/core-types';
import { type Migration, Migrator } from 'kysely';
import { AUTH_MIGRATIONS } from '../../auth/index.js';
import type { Queries } from '../schema.js';
import { ledgerMigration } from './0001-ledger.js';
import { chainHistoryMigration } from './0003-chain-history.js';
import { ledgerStateMigration } from './0004-ledger-state.js';
import { abandonedPaymentsMigration } from './0005-abandoned-payments.js';

/** Forward only: a released migration never changes, a later one corrects it. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-ledger': ledgerMigration,
  ...AUTH_MIGRATIONS,
  '0003-chain-history': chainHistoryMigration,
  '0004-ledger-state': ledgerStateMigration,
  '0005-abandoned-payments': abandonedPaymentsMigration,
};

/** The migrator of the ledger's database. */
export const migratorOf = (db: Queries): Migrator =>
  new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });

/**
 * Brings the database to the newest form; several processes may do so at once.
 *
 * @throws FourMicaError `DATABASE_MIGRATION_FAILED`, also when the database was migrated by a newer release.
 */
export async function migrateToLatest(db: Queries): Promise<void> {
  const { error, results } = await migratorOf(db).migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  throw new FourMicaError(
    'DATABASE_MIGRATION_FAILED',
    `database: migration ${failed ?? 'to the newest form'} failed; the database is unchanged. Check that this release is not older than the one that used the database before`,
    { migration: failed },
    { cause: error },
  );
}
