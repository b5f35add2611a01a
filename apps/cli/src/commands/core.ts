import { adminApiKeyOfSeed, CORE_SETTINGS, runCore } from '@fourmica/core';
import { Settings, settingsTable } from '@fourmica/http-service';
import type { Command } from '../command.js';

/** `4mica core`: runs a core with the settings of the environment. */
export const coreCommand: Command = {
  name: 'core',
  summary: 'run a core with the settings of the environment',
  options: [['--settings', 'print the table of the settings instead']],
  examples: ['4mica core', '4mica core --settings'],
  async run(options, io) {
    if (options.settings !== true) return runCore(process.env, io.interrupted);
    io.print(settingsTable(CORE_SETTINGS));
    return 0;
  },
};

/** `4mica admin-key`: derives the first admin API key of a core from its seed. */
export const adminKeyCommand: Command = {
  name: 'admin-key',
  summary: 'print the admin API key, a secret, that a core with this CORE_ADMIN_SEED_KEY has from its start',
  options: [],
  examples: ['CORE_ADMIN_SEED_KEY_FILE=/run/secrets/admin-seed 4mica admin-key'],
  async run(_options, io) {
    io.print(adminApiKeyOfSeed(new Settings(CORE_SETTINGS, process.env).required('CORE_ADMIN_SEED_KEY')));
    return 0;
  },
};
