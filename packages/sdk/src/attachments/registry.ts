import type { Attachment } from '../attach.ts';
import { ai } from './ai/ai.ts';
import { langchain } from './langchain/langchain.ts';
import { llamaindex } from './llamaindex/llamaindex.ts';
import { openaiAgents } from './openai-agents/openai-agents.ts';

/** Every library that tells us what it does, one line each. A test compares this list with the folders beside it. */
export const attachments: readonly Attachment[] = [ai, langchain, llamaindex, openaiAgents];

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
