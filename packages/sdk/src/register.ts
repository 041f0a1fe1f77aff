/**
 * The zero-code door: `node --import @tallyspan/sdk/register app.js`, or the same in `NODE_OPTIONS`. Nothing is exported.
 */
import { startZeroCode } from './doors/zero-code.ts';

startZeroCode();
