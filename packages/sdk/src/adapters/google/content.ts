import type { AskedContent, Message, Part } from '../../content.ts';
import { fields, list, text } from '../../read.ts';

/** Contents in all the spellings Google's SDKs take (text, parts, one content, several) → messages of the conventions. */
export function messages(contents: unknown): Message[] {
  if (contents === undefined || contents === null) return [];
  const all = Array.isArray(contents) ? contents : [contents];
  if (all.some(isContent))
    return all.map((item) => (isContent(item) ? message(item) : { role: 'user', parts: parts(item) }));
  return [{ role: 'user', parts: parts(all) }];
}

/** A content has a role or parts; a part has neither. */
function isContent(value: unknown): boolean {
  const { parts: inner, role } = fields(value);
  return Array.isArray(inner) || typeof role === 'string';
}

/** One turn: a model's is the assistant's, and one made of tool results the tool's. */
export function message(content: unknown): Message {
  const { role, parts: inner } = fields(content);
  const made = parts(inner);
  const answers = made.length > 0 && made.every((part) => part.type === 'tool_call_response');
  return { role: answers ? 'tool' : role === 'model' ? 'assistant' : (text(role) ?? 'user'), parts: made };
}

/** A system instruction is text, parts or a content. */
export function system(instruction: unknown): Part[] {
  return messages(instruction).flatMap((each) => each.parts);
}

/** Function declarations by name, description and schema; Google's own tools by their kind. */
export function tools(given: unknown): AskedContent['tools'] {
  return list(given).flatMap((tool): unknown[] => {
    const { functionDeclarations, ...others } = fields(tool);
    const declared = list(functionDeclarations).map((declaration) => {
      const { name, description, parameters, parametersJsonSchema } = fields(declaration);
      return { type: 'function', name, description, parameters: parameters ?? parametersJsonSchema };
    });
    const kinds = Object.keys(others).filter((kind) => typeof others[kind] === 'object');
    return [...declared, ...kinds.map((kind) => ({ type: kind, name: kind }))];
  });
}

function parts(value: unknown): Part[] {
  const all = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return all.map((each) => (typeof each === 'string' ? { type: 'text', content: each } : part(fields(each))));
}

function part(given: Readonly<Record<string, unknown>>): Part {
  const { functionCall, functionResponse, inlineData, fileData, executableCode, codeExecutionResult } = given;
  if (typeof given.text === 'string')
    return { type: given.thought === true ? 'reasoning' : 'text', content: given.text };
  if (inlineData !== undefined) {
    const { data, mimeType } = fields(inlineData);
    return { type: 'blob', ...medium(mimeType), content: typeof data === 'string' ? data : '' };
  }
  if (fileData !== undefined) {
    const { fileUri, mimeType } = fields(fileData);
    return { type: 'uri', ...medium(mimeType), uri: text(fileUri) ?? '' };
  }
  if (functionCall !== undefined) {
    const { id, name, args } = fields(functionCall);
    return { type: 'tool_call', ...named(id), name: text(name) ?? '', arguments: args };
  }
  if (functionResponse !== undefined) {
    const { id, name, response } = fields(functionResponse);
    // Gemini matches results to calls by the function's name where it gives no ids.
    return { type: 'tool_call_response', ...named(id ?? name), response };
  }
  if (executableCode !== undefined)
    return { type: 'executable_code', content: text(fields(executableCode).code) ?? '' };
  if (codeExecutionResult !== undefined)
    return { type: 'code_execution_result', content: text(fields(codeExecutionResult).output) ?? '' };
  return { type: 'unknown' };
}

function named(id: unknown): { id?: string } {
  const known = text(id);
  return known === undefined ? {} : { id: known };
}

/** `application/pdf` and `text/…` are documents. */
function medium(mimeType: unknown): { modality: string; mime_type?: string } {
  const type = text(mimeType);
  if (type === undefined) return { modality: 'unknown' };
  const [kind = ''] = type.split('/');
  return { modality: ['image', 'audio', 'video'].includes(kind) ? kind : 'document', mime_type: type };
}
