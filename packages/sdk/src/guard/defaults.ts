import { promptInjection } from './injection/prompt-injection.ts';
import type { Scanner } from './scanner.ts';
import { invisibleText } from './scanners/invisible-text.ts';
import { maliciousUrls } from './scanners/malicious-urls.ts';
import { secrets } from './scanners/secrets.ts';
import { systemPromptLeak } from './scanners/system-prompt-leak.ts';

/**
 * What is scanned when nobody says otherwise: things that nearly no honest text has. Personal data is not among them, as an address
 * in a prompt is most often the very thing the prompt is about.
 */
export const defaultInput = (): Scanner[] => [promptInjection(), secrets(), invisibleText()];

export const defaultOutput = (): Scanner[] => [secrets(), maliciousUrls(), systemPromptLeak(), invisibleText()];
