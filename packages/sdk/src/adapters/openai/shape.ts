import { fields } from '../../read.ts';
import { baseUrl, providerAt } from './hosts.ts';

/** A client with the two resources that all of the family have. */
export function speaksOpenai(client: object): boolean {
  const { chat, embeddings } = fields(client);
  return hasMethod(fields(chat).completions, 'create') && hasMethod(embeddings, 'create');
}

/**
 * Groq's client has no resource that others lack, so its class says whose it is; where that name was minified, its address. With
 * neither, it is read like OpenAI's, whose words it speaks.
 */
export function isGroq(client: object): boolean {
  const { responses, beta, constructor } = fields(client);
  if (!speaksOpenai(client) || responses !== undefined || beta !== undefined) return false;
  return (
    (constructor as { name?: unknown } | undefined)?.name === 'Groq' || providerAt(baseUrl(client) ?? '') === 'groq'
  );
}

/** Together's client can rerank; nobody else's can who has these resources. */
export function isTogether(client: object): boolean {
  return speaksOpenai(client) && hasMethod(fields(client).rerank, 'create');
}

function hasMethod(resource: unknown, name: string): boolean {
  return typeof fields(resource)[name] === 'function';
}
