import type { Result } from '../report.js';
import { runInTurn } from './child.js';
import { beside } from './facts.js';
import type { Peer } from './peer.js';

const ROUNDS = 9;

/** Time and memory of importing a package into a fresh process. */
export async function measureImports(peer: Peer | undefined): Promise<Result[]> {
  const figures = await runInTurn<'sdk' | 'payer' | 'peer'>(
    'import.mjs',
    {
      sdk: { module: import.meta.resolve('@fourmica/sdk') },
      payer: { module: import.meta.resolve('@fourmica/sdk/payer') },
      ...(peer === undefined ? {} : { peer: { module: peer.module } }),
    },
    ROUNDS,
  );
  return (['sdk', 'payer'] as const).flatMap((entry) => {
    const name = entry === 'sdk' ? '@fourmica/sdk' : '@fourmica/sdk/payer';
    const of = (figure: 'ms' | 'mb') => ({
      ours: figures[entry]?.[figure] ?? Number.NaN,
      peer: figures.peer?.[figure],
    });
    return [
      beside({ what: `import ${name}`, unit: 'ms', ...of('ms') }),
      beside({ what: `memory that importing ${name} adds`, unit: 'MB', ...of('mb') }),
    ];
  });
}
