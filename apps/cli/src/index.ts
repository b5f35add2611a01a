export type { Command, CommandIo } from './command.js';
export { commands } from './commands/index.js';
export { ExitCode, runCommandLine } from './program.js';
