import { parseStrictJson, ValidationError } from '@fourmica/core-types';

const MAX_REASON_LENGTH = 300;
const MAX_EXCERPT_LENGTH = 2000;

/** Finds the words of an error answer: member `error`, else member `message`, else the text itself; one line. */
export function reasonOf(body: string): string {
  const members = jsonObject(body);
  const text = [members.error, members.message].find((value) => typeof value === 'string' && value !== '');
  return cut(oneLine(typeof text === 'string' ? text : body), MAX_REASON_LENGTH);
}

/** The beginning of a body for an error object. */
export const excerptOf = (body: string): string => cut(body, MAX_EXCERPT_LENGTH);

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  if (!text.trimStart().startsWith('{')) return {};
  try {
    return parseStrictJson(text, 'body') as Record<string, unknown>;
  } catch (error) {
    if (error instanceof ValidationError) return {};
    throw error;
  }
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
