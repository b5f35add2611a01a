import * as z from 'zod';

const Texts = z.array(z.string());

/** Reads a column that holds a JSON array of texts. */
export const readTexts = (column: string): readonly string[] => Texts.parse(JSON.parse(column));

/** Writes a JSON array of texts for a column. */
export const writeTexts = (texts: readonly string[]): string => JSON.stringify(texts);
