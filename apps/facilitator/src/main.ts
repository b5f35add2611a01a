import { processInterruption } from '@fourmica/http-service';
import { runFacilitator } from './run.js';

runFacilitator(process.env, processInterruption()).then((code) => process.exit(code));
