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
  const nouns = new Map<string, CommanderCommand>();
  const parentOf = (words: readonly string[]): CommanderCommand => {
    const noun = words.slice(0, -1).join(' ');
    if (noun === '') return program;
    const known = nouns.get(noun) ?? configure(program.command(noun), io).description(NOUNS[noun] ?? noun);
    nouns.set(noun, known);
    return known;
  };
  for (const command of commands) {
    const words = command.name.split(' ');
    const sub = configure(parentOf(words).command(words.at(-1) ?? ''), io).description(command.summary);
    for (const [name, description] of command.args ?? []) sub.argument(`<${name}>`, description);
    for (const [flags, description, fallback] of command.options) sub.option(flags, description, fallback);
    sub.addHelpText(
      'after',
      `\nExamples:\n${command.examples.map((example) => `  $ ${example}`).join('\n')}`,
    );
    sub.action(async (...given: readonly unknown[]) => {
      const args = given.slice(0, command.args?.length ?? 0).map(String);
      exitCode = await command.run(sub.opts(), io, ...args);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

/** What the first word of commands with two words is about. */
const NOUNS: Readonly<Record<string, string>> = {
  role: 'give wallets roles at a core, and end them',
  user: 'suspend users of a core, and lift suspensions',
  'api-key': 'manage the admin API keys of a core',
  ledger: 'look after the ledger of a core',
  chain: 'repair what the ledger of a core holds of the chain',
};

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
