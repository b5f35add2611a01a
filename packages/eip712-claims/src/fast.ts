import { setEngine } from './secp256k1/current.js';
import type { Secp256k1Engine } from './secp256k1/engine.js';
import { loadNativeEngine } from './secp256k1/native.js';
import { portableEngine } from './secp256k1/portable.js';
import { testEngine } from './secp256k1/self-test.js';
import { loadWasmEngine } from './secp256k1/wasm.js';

export type { RecoverableSignature, Secp256k1Engine } from './secp256k1/engine.js';

/** Why an engine was not taken. */
export interface SkippedEngine {
  readonly name: 'native' | 'wasm';
  readonly reason: unknown;
}

/** Which engine is in use now, and why faster ones are not. */
export interface EngineChoice {
  readonly name: Secp256k1Engine['name'];
  readonly skipped: readonly SkippedEngine[];
}

const LOADERS = [
  { name: 'native', load: loadNativeEngine },
  { name: 'wasm', load: loadWasmEngine },
] as const;

/**
 * Makes every signature and recovery of this process use the fastest engine that is installed: the Node addon
 * `secp256k1`, else the WebAssembly of `@bitauth/libauth`, else portable JavaScript. Both packages are optional. An engine
 * that fails its known answer is skipped. Call it once when a server starts.
 *
 * @param allowed - engines to try; default is all.
 */
export async function useFastSecp256k1(
  allowed: readonly Secp256k1Engine['name'][] = ['native', 'wasm'],
): Promise<EngineChoice> {
  const skipped: SkippedEngine[] = [];
  for (const { name, load } of LOADERS) {
    if (!allowed.includes(name)) continue;
    try {
      const engine = await load();
      testEngine(engine);
      setEngine(engine);
      return { name, skipped };
    } catch (reason) {
      skipped.push({ name, reason });
    }
  }
  setEngine(portableEngine);
  return { name: portableEngine.name, skipped };
}
