/** Where a command writes; tests pass their own. */
export interface CommandIo {
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  note(line: string): void;
  /** Aborted when the user asks the program to end. */
  readonly interrupted: AbortSignal;
}

/** A command of the CLI: what help shows, and what runs. */
export interface Command {
  /** Its words, such as `core` or `user suspend`. */
  readonly name: string;
  /** `[name, description]` of what has to follow the words, in commander's notation. */
  readonly args?: readonly (readonly [name: string, description: string])[];
  readonly summary: string;
  /** `[flags, description, default]`, in commander's notation. */
  readonly options: readonly (readonly [flags: string, description: string, fallback?: string])[];
  readonly examples: readonly string[];
  /** Resolves to the exit code. */
  run(options: Readonly<Record<string, unknown>>, io: CommandIo, ...args: readonly string[]): Promise<number>;
}
