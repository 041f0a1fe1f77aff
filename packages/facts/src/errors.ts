/**
 * Every error a person can meet: what happened, why, how to fix it. Codes are stable; texts may improve.
 * `{name}` is filled in from the details given to {@link TallyError}.
 */
export const errors = {
  // The command line
  PORT_TAKEN: {
    what: 'Port {port} is taken.',
    why: 'Another program listens on {host}:{port}; perhaps another Tallyspan.',
    fix: 'Stop that program, or start with {option} {next}.',
  },
  DATA_NOT_WRITABLE: {
    what: 'The data folder {dir} cannot be written: {reason}.',
    why: 'Spans are acknowledged only after they are on disk.',
    fix: 'Change its owner or mode, or start with --data-dir pointing to a folder of yours.',
  },
  STORE_LOCKED: {
    what: 'The store in {dir} is in use by another process{pid}.',
    why: 'One data folder has one writer.',
    fix: 'Stop that process, or start with another --data-dir.',
  },
  STORE_UNREADABLE: {
    what: 'The store in {dir} cannot be opened: {reason}.',
    why: 'The file is damaged or comes from a newer Tallyspan.',
    fix: 'Start the version that wrote it, or move {file} aside; what is still in the ingest log is read again.',
  },
  CLICKHOUSE_UNUSABLE: {
    what: 'The ClickHouse at {url} cannot be used: {reason}.',
    why: 'Spans are to be stored there, and nothing else can stand in for it.',
    fix: 'Check its address, the user and the password in --clickhouse, and that the user may create tables.',
  },
  BIND_REFUSED: {
    what: 'Refusing to listen on {host} without keys.',
    why: 'Everybody on the network could read your traces and change everything.',
    fix: 'Leave --no-auth out, or listen on 127.0.0.1.',
  },
  BACKUP_FAILED: {
    what: 'No backup can be made: {reason}.',
    why: 'A backup that lacks what was acknowledged would not be one.',
    fix: 'Remove the cause and try again; nothing was changed.',
  },
  RESTORE_REFUSED: {
    what: '{file} is not restored: {reason}.',
    why: 'What is restored has to be what was backed up, and nothing may be overwritten by it.',
    fix: 'Give the file as "tallyspan backup" wrote it, and a --data-dir that does not exist yet.',
  },
  MIGRATION_REFUSED: {
    what: 'The data are not copied to ClickHouse: {reason}.',
    why: 'Afterwards both sides are compared, and what was counted must be exactly what was copied.',
    fix: 'Remove the cause and give the same command again; what was copied so far stays, and is not copied twice.',
  },
  BAD_OPTION: { what: '{option} is {value}.', why: '{why}', fix: '{fix}' },
  SERVER_UNREACHABLE: {
    what: 'No Tallyspan answers at {url}.',
    why: '{reason}',
    fix: 'Start it with "tallyspan start", or point --url at it.',
  },

  // Quick calls
  MODEL_UNPRICED: {
    what: 'Nobody knows what {model} costs.',
    why: 'It is not in the price table of this version, or is billed by something else than tokens.',
    fix: 'Name its provider with --provider, or set a price of your own on the server.',
  },
  SERVER_REFUSED: { what: '{what}', why: '{why}', fix: '{fix}' },
  LIBRARY_MISSING: {
    what: 'The package {package} is not installed.',
    why: 'llm() talks to {provider} through its own library, which only those need who use it.',
    fix: 'Run "npm install {package}".',
  },
  KEY_MISSING: {
    what: 'There is no API key for {provider}.',
    why: 'llm() takes it from {variable}, and a key of somebody else may not be sent there.',
    fix: 'Set {variable}, or give apiKey.',
  },

  // Task traces
  AGENT_CREDENTIALS_MISSING: {
    what: 'Task traces are not sent: there is no {missing}.',
    why: 'A server takes the trace of an agent with the id and the secret of that agent.',
    fix: 'Set TALLYSPAN_AGENT_ID, TALLYSPAN_AGENT_SECRET and TALLYSPAN_ENDPOINT, or give them to createClient().',
  },
  AGENT_REFUSED: {
    what: 'The server at {host} refuses the task traces of agent {agent}: HTTP {status}.',
    why: 'The id or the secret of the agent is wrong, or may not send there.',
    fix: 'Check TALLYSPAN_AGENT_ID and TALLYSPAN_AGENT_SECRET, or what createClient() was given. The agent itself works on.',
  },
  TASK_NOT_SENT: {
    what: 'A task trace of agent {agent} did not reach {host}: {reason}.',
    why: '{why}',
    fix: 'Check that the server runs and that endpoint, or TALLYSPAN_ENDPOINT, points at it. The agent itself works on.',
  },

  // Guard
  GUARDRAIL_BLOCKED: {
    what: 'Blocked by {scanners} ({direction}).',
    why: '{reason}',
    fix: 'Change the text, raise the threshold of that scanner, or set the guard to mode "annotate".',
  },
  PATTERN_REFUSED: {
    what: 'The pattern {pattern} is refused: {reason}.',
    why: 'Patterns given to the guard run in linear time, which not every regular expression can.',
    fix: 'Use literals, classes, groups, |, *, +, ?, {m,n}, ^, $ and \\b; no look-around, no back-references.',
  },

  // Budgets
  BUDGET_EXCEEDED: {
    what: 'The budget of {agent} does not allow this call: {limit} may be {allowed}.',
    why: '{spent} is used, {held} is held for calls under way, and this call would need about {estimated}.',
    fix: 'Raise the budget of the agent, set max_tokens so that the estimate is smaller, or catch BudgetExceededError and end the run.',
  },

  // Identity
  WORKLOAD_API_FAILED: {
    what: 'The SPIFFE Workload API at {address} does not give {what}: {reason}.',
    why: 'Identities come from the SPIFFE agent of this machine.',
    fix: 'Check that it runs, that SPIFFE_ENDPOINT_SOCKET names its socket, and that this workload is registered with it.',
  },
  SVID_MISSING: {
    what: 'There is no valid X.509-SVID from {address}.',
    why: 'It has not arrived yet, has expired, or was taken away by the SPIFFE agent.',
    fix: 'Wait for ready(), and see problem for what went wrong last.',
  },
  BUDGET_UNREACHABLE: {
    what: 'No call is made: {agent} did not say what its budgets allow.',
    why: 'init({ budgets: { fail: "closed" } }) asks for certainty, and the last answer is used up.',
    fix: 'Check that the server runs and that its endpoint and key are right, or set fail to "open".',
  },

  // Alerts
  WEBHOOK_REFUSED: {
    what: 'Nothing is sent to {host}: {reason}.',
    why: 'Whoever may write an address could otherwise reach what only this server can.',
    fix: 'Use a public address; for one on your own network start with --allow-private-webhooks.',
  },

  // OTLP in
  BODY_TOO_LARGE: {
    what: 'The body is over {limit} MiB after decompression.',
    why: 'One request is decoded in memory.',
    fix: 'Lower the batch size of the exporter.',
  },
  BODY_UNREADABLE: {
    what: 'The body is no {kind}: {reason}.',
    why: 'Nothing in it could be stored.',
    fix: 'Check that the exporter speaks OTLP and that no proxy changes the body.',
  },
  CONTENT_TYPE_UNKNOWN: {
    what: 'Content-Type {type} is not understood.',
    why: 'OTLP/HTTP carries application/x-protobuf or application/json.',
    fix: 'Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.',
  },
  CONTENT_ENCODING_UNKNOWN: {
    what: 'Content-Encoding {encoding} is not understood.',
    why: 'Only gzip is decompressed: its growth can be bounded while it is read.',
    fix: 'Set OTEL_EXPORTER_OTLP_COMPRESSION to gzip or none.',
  },
  METHOD_NOT_ALLOWED: { what: '{method} is not answered here.', why: 'This path takes {allow}.', fix: 'Use {allow}.' },
  OVERLOADED: {
    what: 'The server has {mib} MiB waiting to be stored.',
    why: 'More arrives than the disk takes.',
    fix: 'Send again after the time in Retry-After; exporters do so by themselves.',
  },
  STORAGE_FULL: {
    what: 'The ingest log cannot be written: {reason}.',
    why: 'A span is acknowledged only after it is on disk.',
    fix: 'Free space in {dir}; exporters send again by themselves.',
  },
  SPAN_ID_INVALID: {
    what: 'A span has no valid {which} id.',
    why: 'Ids are {bytes} bytes and not all zero.',
    fix: 'Check the SDK that made it.',
  },
  SPAN_TIME_INVALID: {
    what: 'A span has a time that no clock shows: {value}.',
    why: 'Times are nanoseconds between 1970 and 2262.',
    fix: 'Check the clock or the unit of the sender.',
  },
  SPAN_TOO_LARGE: {
    what: 'A span has more than {fields} fields.',
    why: 'One span must not hold up all others.',
    fix: 'Split what it carries over several spans, or send less of it.',
  },
  SPAN_TOO_OLD: {
    what: 'A span started before {value}.',
    why: 'Spans of that time are past their retention and would be deleted at once.',
    fix: 'Check the clock of the sender, or keep spans for longer with PUT /api/v1/data/retention.',
  },
  SPANS_TOO_MANY: {
    what: 'The body has more than {limit} spans.',
    why: 'One request is checked as a whole before it is acknowledged.',
    fix: 'Lower the batch size of the exporter.',
  },
  TASK_INVALID: {
    what: 'The task trace is not understood: {field} {reason}.',
    why: 'Nothing of it was stored.',
    fix: 'A task has a name, a description, current_datetime (ISO 8601) and duration (seconds), as JSON.',
  },
  SIGNAL_NOT_STORED: {
    what: '{signal} are not stored by this version.',
    why: 'Tallyspan keeps traces; tokens and dollars are counted from spans.',
    fix: 'Send {signal} to your metrics or log store: set {variable}.',
  },

  // Credentials and secrets
  CREDENTIAL_EXCHANGE_FAILED: {
    what: '{provider} gave no credentials for {service}: {reason}.',
    why: 'What the other side says beside its code is not repeated, as it may quote the token that was sent.',
    fix: '{fix}',
  },
  VAULT_REQUEST_FAILED: {
    what: 'The vault at {address} refused to {action} {path}: {reason}.',
    why: 'What it says beside its status is not repeated, as it may quote a secret.',
    fix: '{fix}',
  },
  SECRET_NOT_FOUND: {
    what: 'There is no {thing} at {path} in the vault at {address}.',
    why: 'It was never written, was deleted, or has another path.',
    fix: 'Paths are given without the mount and without "data/": for "secret/data/llm/openai" say "llm/openai".',
  },

  // Sandboxes
  SANDBOX_UNAVAILABLE: {
    what: 'No {language} program can be run here: {reason}.',
    why: 'Programs run in Deno, which denies files, network, variables and processes; Python in Pyodide inside of it. Nothing else is trusted with them.',
    fix: '{fix}',
  },

  // Who may ask
  UNAUTHENTICATED: {
    what: 'Not let in: {reason}.',
    why: 'This server asks everybody for a key, and takes it from a header only, never from a URL.',
    fix: 'Send "Authorization: Bearer tally_..." or "x-api-key: tally_..."; an admin makes keys with "tallyspan keys create".',
  },
  FORBIDDEN: {
    what: 'This needs {needed}, and {who} is for {given}.',
    why: 'A key may do what it was made for and nothing else.',
    fix: 'Use another key; an admin makes one with "tallyspan keys create".',
  },
  CROSS_SITE_REFUSED: {
    what: 'Refused: {reason}.',
    why: 'A web page elsewhere could otherwise change things here through your browser.',
    fix: 'Use the page of this server, or send a key in the Authorization header.',
  },
  AUTH_UNAVAILABLE: {
    what: 'The keys cannot be read at present: {reason}.',
    why: 'Nobody is let in on the strength of a key that may be revoked.',
    fix: 'Send again after the time in Retry-After.',
  },
  QUOTA_EXCEEDED: {
    what: 'The tenant {tenant} is over its limit of {limit}.',
    why: 'One tenant must not take the room of the others.',
    fix: 'Send again after the time in Retry-After, send less, or ask an admin for a larger quota.',
  },
  FIRST_KEY_ADMIN: {
    what: 'The first key must be an admin key of all tenants.',
    why: 'From the first key on keys are required everywhere, and only an admin key can make the others.',
    fix: 'Run "tallyspan keys create --scope admin --name me" first.',
  },
  LAST_ADMIN_KEY: {
    what: 'This is the last admin key of all tenants.',
    why: 'Without it nobody could make or revoke keys any more.',
    fix: 'Make another one first, or rotate this one.',
  },
  KEYS_TOO_MANY: {
    what: 'There are {limit} {things} already.',
    why: 'All of them are held in memory.',
    fix: 'Revoke those that nobody uses; what was revoked long ago makes room by itself.',
  },

  // The query API
  BAD_QUERY: { what: '{field}: {reason}.', why: 'The request was not understood.', fix: 'See /api/v1/openapi.json.' },
  NOT_FOUND: {
    what: 'There is no {thing} {id}.',
    why: 'It was never received, or its retention ended.',
    fix: 'Look in the list at {list}.',
  },
  QUERY_TOO_LONG: {
    what: 'The answer was not there after {seconds} s.',
    why: 'Other questions wait for their turn, and spans that come in need the machine as well.',
    fix: 'Ask about less time, or about one tenant, agent or model; text and attributes take longest.',
  },
  OBJECT_CHANGED: {
    what: 'The {kind} {id} was changed by somebody else.',
    why: 'Two people edited it at once, and one of them would lose what they wrote.',
    fix: 'Read it again and repeat the change.',
  },
  HOST_REFUSED: {
    what: 'The Host header {host} is not this machine.',
    why: 'A web page elsewhere could otherwise read your traces through your browser.',
    fix: 'Use http://127.0.0.1 or http://localhost.',
  },
  INTERNAL: {
    what: 'Something failed here: {reference}.',
    why: 'This is a bug of ours; the server log has the rest under that reference.',
    fix: 'Please report it with the reference.',
  },
} as const;

export type ErrorCode = keyof typeof errors;

/** An error a person can act on. Recognise it by `name` and `code`, not by class: two copies of us may be installed. */
export class TallyError extends Error {
  override readonly name = 'TallyError';
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly fix: string;

  constructor(code: ErrorCode, details: Record<string, string | number> = {}, cause?: unknown) {
    const text = errors[code];
    const fill = (template: string) => template.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? ''));
    const what = fill(text.what);
    const why = fill(text.why);
    const fix = fill(text.fix);
    super([what, why, fix].filter(Boolean).join(' '), cause === undefined ? undefined : { cause });
    this.code = code;
    this.what = what;
    this.why = why;
    this.fix = fix;
  }
}

export function isTallyError(error: unknown): error is TallyError {
  return error instanceof Error && error.name === 'TallyError' && 'code' in error;
}
