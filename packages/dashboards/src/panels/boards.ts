import { a2aCommunication } from './a2a-communication.ts';
import { llmCosts } from './llm-costs.ts';
import type { Board } from './panel.ts';
import { platformOverview } from './platform-overview.ts';

export const boards: readonly Board[] = [platformOverview, a2aCommunication, llmCosts];
