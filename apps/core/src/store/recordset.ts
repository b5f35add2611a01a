import { type AliasedRawBuilder, sql } from 'kysely';

/**
 * Gives rows to a statement as a table of one parameter, however many there are.
 *
 * @param types - Postgres type of each column.
 */
export function recordset<Row extends object, Alias extends string>(
  rows: readonly Row[],
  alias: Alias,
  types: Readonly<Record<keyof Row & string, string>>,
): AliasedRawBuilder<Row, Alias> {
  const json = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const columns = Object.entries(types).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(String(type))}`);
  const definition = sql`${sql.ref(alias)}(${sql.join(columns)})`;
  return sql<Row>`jsonb_to_recordset(${json}::jsonb)`.as<Alias>(definition);
}
