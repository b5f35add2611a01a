import { FourMicaError, parseWith, ValidationError } from '@fourmica/core-types';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';

/** Entries of a list in one answer: at most, and when a request says nothing. */
export const MAX_PAGE_ENTRIES = 1_000;
const MAX_POSITION_LENGTH = 200;

const LIMIT_ERROR = `expected a whole number from 1 to ${MAX_PAGE_ENTRIES}`;
const limit = z.int(LIMIT_ERROR).min(1, LIMIT_ERROR).max(MAX_PAGE_ENTRIES, LIMIT_ERROR);
const after = z.string('expected one text').max(MAX_POSITION_LENGTH);

/** Query members of every list. */
export const PAGE_QUERY = { limit: limit.optional(), after: after.optional() };

/** Header of an answer that does not hold the end of a list. */
export const LINK_HEADER = {
  link: '`<…>; rel="next"` while there is more: the same request with `after`, relative to this one (RFC 8288)',
};

/** A part of a list that cannot be asked for. */
export class PageError extends FourMicaError<'PAGE_INVALID', object> {
  override readonly name = 'PageError';
}

/** A part of a list: so many entries behind a position, from the start without one. */
export interface Slice<Position> {
  readonly limit: number;
  readonly after: Position | undefined;
}

/** How a list is told where to go on. */
export interface Paging<Entry, Position> {
  /** Writes the position of an entry: characters that need no escape in a URL. */
  readonly write: (entry: Entry) => string;
  /** Undefined for a text that {@link write} never makes. */
  readonly read: (text: string) => Position | undefined;
}

/**
 * Reads the part of a list that a request asks for with `limit` and `after`, and says in a `Link` header where the next
 * one is, if there is more.
 *
 * @param readSlice - reads the list in its order, which has to be that of the positions.
 * @throws PageError for a limit or a position that does not exist.
 */
export async function readPage<Entry, Position>(
  request: FastifyRequest,
  reply: FastifyReply,
  paging: Paging<Entry, Position>,
  readSlice: (slice: Slice<Position>) => Promise<readonly Entry[]>,
): Promise<readonly Entry[]> {
  const { limit, after } = sliceOf(request.query as Query, paging);
  const found = await readSlice({ limit: limit + 1, after });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  if (found.length > limit && last !== undefined) {
    reply.header('link', `<${nextUrl(request.query as Query, limit, paging.write(last))}>; rel="next"`);
  }
  return page;
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

function sliceOf<Position>(query: Query, paging: Paging<never, Position>): Slice<Position> {
  try {
    const given = parseWith(z.object(PAGE_QUERY), { ...query, limit: numberOf(query.limit) }, 'query');
    const position = given.after === undefined ? undefined : paging.read(given.after);
    if (given.after !== undefined && position === undefined) {
      throw new ValidationError('query.after', given.after, 'what a Link header of this list says');
    }
    return { limit: given.limit ?? MAX_PAGE_ENTRIES, after: position };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new PageError('PAGE_INVALID', error.message, error.context, { cause: error });
  }
}

/** Everything in a query is text. */
const numberOf = (text: Query[string]) =>
  typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : text;

/** Relative, so that it holds behind any proxy. */
function nextUrl(query: Query, limit: number, after: string): string {
  const others = Object.entries(query).flatMap(([name, values]) =>
    name === 'limit' || name === 'after' ? [] : [values ?? []].flat().map((value) => [name, value]),
  );
  return `?${new URLSearchParams([...others, ['limit', String(limit)], ['after', after]])}`;
}

/** Position in a list that goes by time, newest first, and by id among what is of the same millisecond. */
export interface TimePosition {
  readonly ms: bigint;
  readonly id: string;
}

/**
 * Positions in a list by time.
 *
 * @param idForm - source of a regular expression for the ids.
 */
export function pagingByTime<Entry>(
  positionOf: (entry: Entry) => TimePosition,
  idForm: string,
): Paging<Entry, TimePosition> {
  const form = new RegExp(`^([0-9]{1,15})\\.(${idForm})$`);
  return {
    write: (entry) => {
      const { ms, id } = positionOf(entry);
      return `${ms}.${id}`;
    },
    read: (text) => {
      const [, ms, id] = form.exec(text) ?? [];
      return ms === undefined || id === undefined ? undefined : { ms: BigInt(ms), id };
    },
  };
}
