import { readFileSync } from 'node:fs';
import { settingsTable } from '@fourmica/http-service';
import { expect, it } from 'vitest';
import { CORE_SETTINGS } from './descriptions.js';

const guide = readFileSync(new URL('../../../../docs/operating-the-core.md', import.meta.url), 'utf8');

it('the operating guide holds the table that `4mica core --settings` prints', () => {
  const [, table] = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(guide) ?? [];
  expect(table?.trim()).toBe(settingsTable(CORE_SETTINGS));
});
