// A program of a user, with ES modules: imports every entry of every package, then signs and verifies.
import { readFileSync } from 'node:fs';
import { signAndVerify } from './sign-and-verify.mjs';

const { entries } = JSON.parse(readFileSync('entries.json', 'utf8'));
const imported = {};
for (const entry of entries) imported[entry] = await import(entry);

const runtime =
  'Deno' in globalThis
    ? `deno ${Deno.version.deno}`
    : 'Bun' in globalThis
      ? `bun ${Bun.version}`
      : `node ${process.versions.node}`;
const result = await signAndVerify({
  claims: imported['@fourmica/eip712-claims'],
  certificates: imported['@fourmica/bls-cert'],
  x402: imported['@fourmica/x402'],
});
const empty = entries.filter((entry) => Object.keys(imported[entry]).length === 0);
console.log(JSON.stringify({ runtime, empty, ...result }));
