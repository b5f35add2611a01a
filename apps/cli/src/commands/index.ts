import type { Command } from '../command.js';
import { demoCommand } from './demo.js';
import { localnetCommand } from './localnet.js';

/** Every command of the CLI, in the order in which help lists them. */
export const commands: readonly Command[] = [demoCommand, localnetCommand];
