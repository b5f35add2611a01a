import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const GUIDES = join(ROOT, 'docs/guides');

/** The TypeScript of the guides, such as `pay-an-api-2`: the second snippet of that guide. */
export const snippets = readdirSync(GUIDES).flatMap((guide) =>
  Array.from(
    readFileSync(join(GUIDES, guide), 'utf8').matchAll(/```ts\n(.*?)```/gs),
    ([, code = ''], index) => ({ name: `${guide.replace('.md', '')}-${index + 1}`, code }),
  ),
);
