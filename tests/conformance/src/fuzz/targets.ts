import { loadBls } from '@fourmica/bls-cert';
import { useFastSecp256k1 } from '@fourmica/eip712-claims/fast';
import { binaryTargets } from './binary.js';
import { schemaTargets } from './schemas.js';
import type { Target } from './target.js';
import { textTargets } from './texts.js';

/** Every decoder of bytes, text and JSON from outside. */
export async function allTargets(): Promise<readonly Target[]> {
  await useFastSecp256k1();
  return [...binaryTargets(await loadBls()), ...textTargets, ...schemaTargets];
}
