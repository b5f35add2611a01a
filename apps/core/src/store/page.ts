import type { TimePosition } from '@fourmica/http-service';
import { type RawBuilder, sql } from 'kysely';

/** The rows behind a position of a list that goes by a column of milliseconds, newest first, and then by an id. */
export const isBehind = (after: TimePosition, time: string, id: string): RawBuilder<boolean> =>
  sql`${sql.ref(time)} <= ${after.ms} and (${sql.ref(time)} < ${after.ms} or ${sql.ref(id)} > ${after.id})`;
