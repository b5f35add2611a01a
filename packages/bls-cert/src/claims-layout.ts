import { WORD_SIZE } from '@fourmica/core-types/abi';

/** Envelope: version, offset of the inner claims, their length. */
export const OUTER_HEAD_SIZE = 3 * WORD_SIZE;
/** Offset of the inner claims from the start of the envelope. */
export const INNER_OFFSET = 2 * WORD_SIZE;
/** Inner claims of version 1: a static tuple of ten words. */
export const INNER_V1_SIZE = 10 * WORD_SIZE;
/** Offset of the version 2 tuple inside the inner claims: it is dynamic, so it stands behind one word. */
export const V2_TUPLE_OFFSET = WORD_SIZE;
/** Head of the version 2 tuple: nineteen words, the last one is the offset of the tag. */
export const V2_HEAD_SIZE = 19 * WORD_SIZE;
/** The longest claims that are decoded; the longest tag of the wire fits. */
export const MAX_CLAIMS_SIZE = 4096;
