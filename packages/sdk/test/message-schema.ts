/**
 * The JSON schemas of the GenAI conventions for message content (v1.41, `gen-ai-input-messages.json` and its siblings), as far as they
 * say what must be there. Anything more is allowed.
 */

/** Part type → what it must have. Any other type is a generic part. */
const required: Record<string, Record<string, 'string' | 'any'>> = {
  text: { content: 'string' },
  reasoning: { content: 'string' },
  tool_call: { name: 'string' },
  tool_call_response: { response: 'any' },
  server_tool_call: { name: 'string', server_tool_call: 'any' },
  server_tool_call_response: { server_tool_call_response: 'any' },
  blob: { modality: 'string', content: 'string' },
  file: { modality: 'string', file_id: 'string' },
  uri: { modality: 'string', uri: 'string' },
};

function faultsOfPart(part: unknown, at: string): string[] {
  const fields = part as Record<string, unknown>;
  if (typeof fields?.type !== 'string') return [`${at} has no type`];
  return Object.entries(required[fields.type] ?? {}).flatMap(([name, type]) =>
    (type === 'any' ? name in fields : typeof fields[name] === type) ? [] : [`${at} (${fields.type}) lacks ${name}`],
  );
}

/** What is wrong with a JSON text that shall be messages; empty when nothing is. */
export function faultsOfMessages(json: string, output: boolean): string[] {
  const messages = JSON.parse(json) as unknown;
  if (!Array.isArray(messages)) return ['no list of messages'];
  return messages.flatMap((message: Record<string, unknown>, index) => {
    const at = `message ${index}`;
    if (!Array.isArray(message.parts)) return [`${at} has no parts`];
    return [
      ...(typeof message.role === 'string' ? [] : [`${at} has no role`]),
      ...(!output || typeof message.finish_reason === 'string' ? [] : [`${at} has no finish reason`]),
      ...message.parts.flatMap((part, number) => faultsOfPart(part, `${at}, part ${number}`)),
    ];
  });
}

export function faultsOfParts(json: string): string[] {
  const parts = JSON.parse(json) as unknown;
  return Array.isArray(parts) ? parts.flatMap((part, index) => faultsOfPart(part, `part ${index}`)) : ['no list'];
}

export function faultsOfTools(json: string): string[] {
  const tools = JSON.parse(json) as unknown;
  if (!Array.isArray(tools)) return ['no list of tools'];
  return tools.flatMap((tool: Record<string, unknown>, index) =>
    typeof tool.type === 'string' && typeof tool.name === 'string' ? [] : [`tool ${index} lacks type or name`],
  );
}
