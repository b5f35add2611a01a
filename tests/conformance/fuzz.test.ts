import { describe, expect, it } from 'vitest';
import { fuzz } from './src/fuzz/run.js';
import { textTarget } from './src/fuzz/target.js';
import { allTargets } from './src/fuzz/targets.js';

const SEED = 20_260;
const TOTAL_RUNS = 20_000;

const targets = await allTargets();

describe('mutated inputs', () => {
  it.each(targets)('$name: refuses with a typed error or reads something stable', async (target) => {
    const report = await fuzz(target, Math.ceil(TOTAL_RUNS / targets.length), SEED);
    expect(report.violation).toBeUndefined();
  });

  it('a decoder that breaks its promise is reported with the input', async () => {
    const crashing = textTarget('x', ['seed'], (text) => void (text === 'seed' || JSON.parse('{')));
    expect(await fuzz(crashing, 10, SEED)).toMatchObject({
      runs: 1,
      violation: { run: 0, problem: expect.stringContaining('threw SyntaxError') },
    });
  });
});
