import { describe, expect, it } from 'vitest';
import { fuzz } from './src/fuzz/run.js';
import { allTargets, type Target } from './src/fuzz/targets.js';

const SEED = 20_260;
const TOTAL_RUNS = 20_000;

const targets = await allTargets();

describe('mutated inputs', () => {
  it.each(targets)('$name: refuses with a typed error or reads something stable', (target) => {
    const report = fuzz(target, Math.ceil(TOTAL_RUNS / targets.length), SEED);
    expect(report.violation).toBeUndefined();
    expect(report.accepted).toBeGreaterThan(0);
  });

  it('a decoder that breaks its promise is reported with the input', () => {
    const crashing: Target = { name: 'x', seeds: ['seed'], decode: () => JSON.parse('{') };
    expect(fuzz(crashing, 10, SEED)).toMatchObject({
      runs: 1,
      violation: { run: 0, problem: expect.stringContaining('threw SyntaxError') },
    });
  });
});
