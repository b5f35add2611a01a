import type { Queries } from './schema.js';

/** The users behind one address up to another, lower-case, as they are ordered in the tables. */
export interface UserRange {
  readonly after: string;
  readonly last: string;
  /** Whether no user comes behind. */
  readonly isEnd: boolean;
}

/**
 * Finds the next users. Every row of the ledger belongs to one.
 *
 * @param after - empty for the first ones.
 * @returns undefined when there are none.
 */
export async function usersAfter(db: Queries, after: string, count: number): Promise<UserRange | undefined> {
  const users = await db
    .selectFrom('users')
    .select('user_address')
    .where('user_address', '>', after)
    .orderBy('user_address')
    .limit(count)
    .execute();
  const last = users.at(-1)?.user_address;
  return last === undefined ? undefined : { after, last, isEnd: users.length < count };
}
