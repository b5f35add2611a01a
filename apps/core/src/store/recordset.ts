import { type AliasedRawBuilder, sql } from 'kysely';

/**
 * Gives rows to a statement as a table: one array per column, so that the statement is the same however many rows there
 * are, and Postgres knows how many when it plans.
 *
 * @param types - Postgres type of each column.
 */
export function recordset<Row extends object, Alias extends string>(
  rows: readonly Row[],
  alias: Alias,
  types: Readonly<Record<keyof Row & string, string>>,
): AliasedRawBuilder<Row, Alias> {
  const columns = Object.entries<string>(types);
  const arrays = columns.map(([name, type]) => {
    const values = rows.map((row) => textOf(row[name as keyof Row]));
    return sql`${values}::${sql.raw(type)}[]`;
  });
  const names = columns.map(([name]) => sql.ref(name));
  return sql<Row>`unnest(${sql.join(arrays)})`.as<Alias>(sql`${sql.ref(alias)}(${sql.join(names)})`);
}

/** Both database drivers write arrays of texts alike. */
const textOf = (value: unknown): string | null => (value === null ? null : String(value));
