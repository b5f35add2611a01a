import type { PaymentTask } from './payment-task.js';
import { until } from './wait.js';

const PROGRESS_LIMIT_MS = 90_000;

/** Lets all tasks pay until `meanwhile` is over; a task that fails ends everything. */
export async function payWhile(tasks: readonly PaymentTask[], meanwhile: () => Promise<void>): Promise<void> {
  const streams = Promise.all(tasks.map((task) => task.run()));
  const other = meanwhile();
  try {
    await Promise.race([other, streams]);
  } finally {
    for (const task of tasks) task.stop();
    await Promise.allSettled([other, streams]);
  }
  await streams;
}

/** Waits until every task has got a further certificate. */
export async function untilAllAdvance(tasks: readonly PaymentTask[]): Promise<void> {
  const before = tasks.map(({ receipts }) => receipts.length);
  await until(
    async () => tasks.map(({ receipts }) => receipts.length),
    (now) => now.every((count, i) => count > (before[i] ?? 0)),
    `a further certificate for each of ${before}`,
    PROGRESS_LIMIT_MS,
  );
}
