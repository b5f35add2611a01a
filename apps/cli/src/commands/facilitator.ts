import { FACILITATOR_SETTINGS, runFacilitator } from '@fourmica/facilitator';
import { settingsTable } from '@fourmica/http-service';
import type { Command } from '../command.js';

/** `4mica facilitator`: runs a facilitator with the settings of the environment. */
export const facilitatorCommand: Command = {
  name: 'facilitator',
  summary: 'run a facilitator with the settings of the environment',
  options: [['--settings', 'print the table of the settings instead']],
  examples: ['4mica facilitator', '4mica facilitator --settings'],
  async run(options, io) {
    if (options.settings !== true) return runFacilitator(process.env, io.interrupted);
    io.print(settingsTable(FACILITATOR_SETTINGS));
    return 0;
  },
};
