import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Happening, happenings } from './model/happenings.js';
import { LedgerModel } from './model/ledger-model.js';
import { World } from './model/world.js';
import { createDatabase, DATABASES } from './support/database.js';

/** `MODEL_RUNS=10 MODEL_STEPS=300` is a long form; `MODEL_SEED` repeats a run's random choices. */
const RUNS = Number(process.env.MODEL_RUNS ?? 1);
const STEPS = Number(process.env.MODEL_STEPS ?? 60);
const SEED = Number(process.env.MODEL_SEED ?? randomInt(2 ** 31));
const PAYERS = 3;
const RECIPIENTS = 2;
const TEST_LIMIT_MS = 60_000 + RUNS * (30_000 + STEPS * 5_000);

describe.each(DATABASES)('a core on %s', (kind) => {
  it(
    `does what the model of its ledger does (seed ${SEED}, ${RUNS} runs of ${STEPS} steps)`,
    async () => {
      const sequences = fc
        .noShrink(fc.array(fc.noBias(happenings), { minLength: STEPS, maxLength: STEPS }))
        .map((sequence) => Object.assign(sequence, { [fc.toStringMethod]: () => 'see the cause' }));
      await fc.assert(
        fc.asyncProperty(sequences, async (sequence) => {
          const world = await World.open(await createDatabase(kind), PAYERS, RECIPIENTS);
          try {
            await live(world, sequence);
          } finally {
            await world.close();
          }
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    },
    TEST_LIMIT_MS,
  );
});

/** Lets things happen one after the other; after each, core and model have to agree. What is not possible is left out. */
async function live(world: World, sequence: readonly Happening[]): Promise<void> {
  const model = new LedgerModel(PAYERS);
  const story: string[] = [];
  for (const happening of sequence) {
    if (!happening.isPossible(model)) continue;
    story.push(happening.name);
    try {
      await happening.happen(model, world);
      await world.agreesWith(model);
    } catch (error) {
      throw new Error(`after ${story.length} steps:\n${story.join('\n')}`, { cause: error });
    }
  }
  console.info(`${story.length} steps, ${model.tabs.length} tabs`);
}
