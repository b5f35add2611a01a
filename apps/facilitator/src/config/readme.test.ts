import { readFileSync } from 'node:fs';
import { settingsTable } from '@fourmica/http-service';
import { expect, it } from 'vitest';
import { FACILITATOR_SETTINGS } from './descriptions.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('the README holds the table that `4mica facilitator --settings` prints', () => {
  const [, table] = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(readme) ?? [];
  expect(table?.trim()).toBe(settingsTable(FACILITATOR_SETTINGS));
});
