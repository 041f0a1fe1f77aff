import OpenAI from 'openai';
import OpenAI6 from 'openai-6';

/** Both majors are in use; the types of 7 stand for both. */
export const openaiMajors: readonly [string, typeof OpenAI][] = [
  ['openai 7', OpenAI],
  ['openai 6', OpenAI6 as unknown as typeof OpenAI],
];
