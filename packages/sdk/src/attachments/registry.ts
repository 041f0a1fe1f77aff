import type { Attachment } from '../attach.ts';
import { attachments as a2a } from './a2a/a2a.ts';
import { ai } from './ai/ai.ts';
import { langchain } from './langchain/langchain.ts';
import { llamaindex } from './llamaindex/llamaindex.ts';
import { attachments as mcp } from './mcp/mcp.ts';
import { openaiAgents } from './openai-agents/openai-agents.ts';
import { playwright } from './playwright/playwright.ts';

/**
 * Every library that tells us what it does, a line or a list each. A test compares this list with the folders beside it. LlamaIndex's
 * callback manager has three methods that others have too, so those with more are asked before.
 */
export const attachments: readonly Attachment[] = [...a2a, ai, langchain, playwright, llamaindex, ...mcp, openaiAgents];

/** The attachment that can listen to this, or undefined. Never throws, whatever the object does. */
export function attachmentOf(library: unknown): Attachment | undefined {
  if ((typeof library !== 'object' && typeof library !== 'function') || library === null) return undefined;
  return attachments.find((attachment) => {
    try {
      return attachment.detect(library);
    } catch {
      return false;
    }
  });
}
