import type { Command } from '../command.js';
import { runDemo } from '../demo/run-demo.js';
import type { Step } from '../demo/timeline.js';

/** `4mica demo`: a credit payment through every layer, on a network of its own. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'watch a credit payment go through contract, core, facilitator, paid API and client',
  options: [['--json', 'print one JSON object instead of a timeline']],
  examples: ['4mica demo', '4mica demo --json'],
  async run(options, io) {
    const asJson = options.json === true;
    const report = await runDemo((step) => {
      if (!asJson) io.print(timelineRow(step));
    });
    if (asJson) io.print(JSON.stringify(report));
    else io.print(report.ok ? `\nEvery step held, in ${seconds(report.durationMs)}.` : '\nA step failed.');
    return report.ok ? 0 : 1;
  },
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const timelineRow = ({ ok, ms, name, detail }: Step): string =>
  `${ok ? 'ok    ' : 'FAILED'} ${seconds(ms).padStart(7)}  ${name.padEnd(36)} ${detail}`;
