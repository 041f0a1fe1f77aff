import { resolve } from 'node:path';
import { checkFloors } from './floors.ts';

const { problems, imports, files } = checkFloors(resolve(import.meta.dirname, '..'));
for (const { file, line, what, fix } of problems) console.error(`${file}:${line} ${what}.\n    ${fix}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${imports} imports in ${files} files`);
