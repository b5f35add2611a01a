import { FourMicaError } from '@fourmica/core-types';
import { Command as CommanderCommand, CommanderError } from 'commander';
import type { Command, CommandIo } from './command.js';

/** What the program ends with: 0 done, 1 the command failed, 2 the command line was wrong, 70 a bug. */
export const ExitCode = { ok: 0, failed: 1, usage: 2, bug: 70 } as const;

/**
 * Runs one command line.
 *
 * @param argv - arguments without the program's name.
 * @returns the exit code.
 */
export async function runCommandLine(
  commands: readonly Command[],
  version: string,
  argv: readonly string[],
  io: CommandIo,
): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = configure(new CommanderCommand('4mica'), io)
    .description('Credit payments for HTTP APIs: local network, demo')
    .version(version);
  for (const command of commands) {
    const sub = configure(program.command(command.name), io).description(command.summary);
    for (const [flags, description, fallback] of command.options) sub.option(flags, description, fallback);
    sub.addHelpText(
      'after',
      `\nExamples:\n${command.examples.map((example) => `  $ ${example}`).join('\n')}`,
    );
    sub.action(async (options: Record<string, unknown>) => {
      exitCode = await command.run(options, io);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

const configure = (command: CommanderCommand, io: CommandIo): CommanderCommand =>
  command
    .exitOverride()
    .showHelpAfterError('(add --help for what this command takes)')
    .configureOutput({
      writeOut: (text) => io.print(text.trimEnd()),
      writeErr: (text) => io.note(text.trimEnd()),
    });

function explain(error: unknown, io: CommandIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof FourMicaError) {
    io.note(`error ${error.code}: ${error.message}`);
    return ExitCode.failed;
  }
  io.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  io.note('This is a bug in 4mica.');
  return ExitCode.bug;
}
