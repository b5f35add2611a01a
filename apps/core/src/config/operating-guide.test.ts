import { readFileSync } from 'node:fs';
import { settingsTable } from '@fourmica/http-service';
import { expect, it } from 'vitest';
import { CORE_SETTINGS } from './descriptions.js';
import { coreConfigFromEnv } from './env.js';

const guide = readFileSync(new URL('../../../../docs/operating-the-core.md', import.meta.url), 'utf8');

it('the operating guide holds the table that `4mica core --settings` prints', () => {
  const [, table] = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(guide) ?? [];
  expect(table?.trim()).toBe(settingsTable(CORE_SETTINGS));
});

it('C-33: the variables of the guide start a core as they stand there', () => {
  const [, start = ''] = /## Start\n\n```sh\n([\s\S]*?)```/.exec(guide) ?? [];
  const secret = '0123456789abcdef'.repeat(4);
  const values: Readonly<Record<string, string>> = {
    ETHEREUM_CONTRACT_ADDRESS: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
    CONTRACT_DEPLOY_BLOCK: '7',
    ETHEREUM_HTTP_RPC_URL: 'https://node.example',
    DATABASE_URL: 'postgres://core:secret@db.example/fourmica',
  };
  const env = Object.fromEntries(
    [...start.matchAll(/\b([A-Z0-9_]+)=(\S+)/g)].map(([, name = '', text = '']) => {
      const setting = name.replace(/_FILE$/, '');
      const isGiven = setting === name && !text.includes('…');
      return [setting, isGiven ? text : (values[setting] ?? secret)];
    }),
  );
  expect(Object.keys(env).filter((name) => !(name in CORE_SETTINGS))).toEqual([]);
  expect(coreConfigFromEnv(env)).toMatchObject({ chainId: 84_532n, authMode: 'required' });

  const fallbacks = Object.entries(CORE_SETTINGS).flatMap(([name, setting]) =>
    'fallback' in setting && /^[A-Z0-9_]+$/.test(setting.fallback) && !(setting.fallback in CORE_SETTINGS)
      ? [[name, setting.fallback]]
      : [],
  );
  expect(coreConfigFromEnv({ ...env, ...Object.fromEntries(fallbacks) })).toMatchObject({ port: 3000 });
});
