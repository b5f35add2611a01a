import { processInterruption } from '@fourmica/http-service';
import { runCore } from './run.js';

runCore(process.env, processInterruption()).then((code) => process.exit(code));
