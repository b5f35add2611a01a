// The same program with CommonJS.
const { readFileSync } = require('node:fs');

const { requirable } = JSON.parse(readFileSync('entries.json', 'utf8'));

const required = Object.fromEntries(requirable.map((entry) => [entry, require(entry)]));
const empty = requirable.filter((entry) => Object.keys(required[entry]).length === 0);

import('./sign-and-verify.mjs')
  .then(({ signAndVerify }) =>
    signAndVerify({
      claims: required['@fourmica/eip712-claims'],
      certificates: required['@fourmica/bls-cert'],
      x402: required['@fourmica/x402'],
    }),
  )
  .then((result) => {
    console.log(JSON.stringify({ runtime: `node ${process.versions.node}`, empty, ...result }));
  });
