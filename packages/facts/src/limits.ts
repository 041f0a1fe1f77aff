/**
 * Every limit of Tallyspan, with its reason. Each has a test at the last accepted and the first refused value.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = {
  /** OTLP 1.11 recommends 64 MiB for one request after decompression: one request is decoded in memory. */
  bodyBytesMax: 64 * MiB,
  /** Deeper values are cut: a recursive walk of a hostile value must not end the process. RELIABILITY asks for 64. */
  attributeDepthMax: 64,
  /** One attribute's text. Whole conversations fit; a 64 MiB string would stall the page. */
  attributeBytesMax: 4 * MiB,
  /** OpenTelemetry SDKs stop at 128 by default; a server must take more, but not a million. */
  attributesPerSpanMax: 4096,
  eventsPerSpanMax: 10_000,
  linksPerSpanMax: 10_000,
  /** Names: of a span, an event, a scope, an attribute. */
  spanNameBytesMax: 4 * KiB,
  /** Values of one span, with nested ones and those of its events and links: two bytes on the wire can be fifty in memory. */
  spanValuesMax: 200_000,
  /** Bytes the server holds between the log and the store before it answers 503. */
  ingestBacklogBytesMax: 256 * MiB,
  /** Spans of one request. Real ones have a hundred bytes and more; a million empty ones are two megabytes and a second of work. */
  spansPerRequestMax: 1_000_000,
  /**
   * Fields of one span in protobuf, or values in JSON, however nested; also of what stands between two spans. A full span has less than
   * a million; a hostile one of 64 MiB would have thirty, and hold up everything else for a second and a half.
   */
  spanFieldsMax: 2_000_000,
  /** Bodies above this are checked in a thread of their own: to send one there and back takes as long as checking some fifty spans. */
  bodyBytesInline: 64 * KiB,
  /** A task trace that an agent sends of itself: its published limits, and as many steps and bytes as somebody will ever look at. */
  taskNameCharsMax: 500,
  taskDescriptionCharsMax: 10_000,
  taskSecondsMax: 86_400,
  taskStepsMax: 10_000,
  taskBytesMax: 4 * MiB,
  /** The longest pause that a refused sender is asked to make. */
  retrySecondsMax: 30,
  /** Calls at once on one gRPC connection; more wait at the sender. Exporters have one, a Collector has ten. */
  grpcStreamsMax: 128,
  /** A gRPC connection without a call. Senders open it again when they need it. */
  grpcIdleMsMax: 5 * 60_000,
  /** A log segment: large enough to be written in sequence, small enough to be set aside when it is damaged. */
  logSegmentBytesMax: 64 * MiB,
  /**
   * One drain: DuckDB likes large batches; a person watching the page likes to see a span within a second, and a batch stands in memory
   * as objects. With 8,000 the server takes 130 MB less than with 20,000, for the same work.
   */
  drainSpansMax: 8_000,
  /** The same in bytes of the log, as some spans carry whole conversations. */
  drainBytesMax: 32 * MiB,
  /** How long a batch may grow while more keeps arriving. */
  drainDelayMsMax: 250,
  /**
   * Stored spans that are looked at again when more of their traces arrive, to find out whose the new ones are and which are one call.
   * A second of work; beyond it the longest traces are settled by what comes together only.
   */
  kinSpansMax: 200_000,
  /** The JSON body of a request to the query API: an object that somebody wrote, never spans. */
  apiBodyBytesMax: 1 * MiB,
  /** How old what a server knows of keys, budgets and alerts may be when another server changed them: a revoked key is refused within a second. */
  objectsStaleMsMax: 500,
  /** Keys, revoked ones included. A tenant needs a few; ten thousand are a few megabytes. */
  keysMax: 10_000,
  /** Characters of a key's name, and of a tenant that a key is for. */
  keyNameCharsMax: 200,
  /** A revoked or expired key is shown for so long, then its place is free. */
  keyRevokedMsMax: 90 * 86_400_000,
  /** How exactly is known when a key was used last: writing it with each request would cost more than the request. */
  keyUseMsMin: 3_600_000,
  /** While the keys cannot be read (ClickHouse is away), senders whose key was good go on: their spans wait in the log. Reading stops at once. */
  keyUnreadableMsMax: 15 * 60_000,
  /** A day's work signed in on the page. */
  sessionMsMax: 12 * 3_600_000,
  /** Signed-in browsers; beyond this the oldest has to sign in again. */
  sessionsMax: 1_000,
  /** One file of the audit log, and how many are kept: 64 MiB, some 300,000 entries. */
  auditFileBytesMax: 4 * MiB,
  auditFilesMax: 16,
  /** Refused requests are told together, this often, and so many different ones; a flood must not fill the disk. */
  auditRefusalsMsMin: 10_000,
  auditRefusalsMax: 100,
  /** Entries in one page of the audit log. */
  auditPageMax: 500,
  /** A tenant may send in one go what its quota allows in so many seconds. */
  quotaBurstSeconds: 10,
  /** What a span is thought to weigh before it was looked at. Real ones have 300 to 3,000 bytes. */
  quotaSpanBytes: 300,
  /** The longest pause that a tenant over its quota is asked to make: exporters give up on a batch after a few minutes anyway. */
  quotaRetrySecondsMax: 3_600,
  /** Tenants whose use is counted at once; a counter of somebody who sent nothing for a day is dropped. */
  quotaTenantsMax: 10_000,
  /** Traces in one page of the list. */
  tracesPageMax: 500,
  /** Spans in one page, and in one stride of an export: some carry whole conversations. */
  spansPageMax: 1_000,
  /** Rows of a cost pivot. Beyond this the answer says that it was cut. */
  costRowsMax: 10_000,
  /** Rows of one export. Parquet keeps some bytes of each ten thousand until its end. */
  exportRowsMax: 10_000_000,
  /** Dimensions of one pivot: the usual nine, and some attributes. */
  dimensionsMax: 12,
  /** A filter that somebody typed, its terms and how deep they are nested: each term on spans of a trace is a search of its own. */
  filterCharsMax: 1_000,
  filterTermsMax: 50,
  filterDepthMax: 20,
  /** Memory of the embedded store's engine. Measured with 2 million spans: cost by four dimensions over a week in 50 ms. */
  storeMemoryBytesMax: 1024 * MiB,
  /** Queries at once; more wait in line. Node has four threads for this and for the log's syncs, and a sync must not wait for a query. */
  storeQueriesMax: 2,
  /** A question of the API that takes longer is given up, as others wait for its place. */
  queryMsMax: 10_000,
  /**
   * The store's write-ahead log, before it is folded into its file. Folding rewrites the newest rows, so it should not happen often; until
   * then they are in memory as well.
   */
  storeWalBytesMax: 64 * MiB,
  /**
   * Spans of which the embedded store writes down together what can be searched: more are fewer to look up, and more to search. Measured
   * with 10 million spans: a word that nobody said is looked up in 0.2 s, with 10,000 in 0.9 s.
   */
  storeBlockSpans: 30_000,
  /** Different words of these; a text that is nothing but numbers has as many as a book. */
  storeBlockTextBytesMax: 4 * MiB,
  /** One question to ClickHouse or one insert there. Longer, and whoever waits for the answer has gone. */
  clickhouseTimeoutMs: 60_000,
  /** Open sockets. Each costs some ten kilobytes; a laptop's exporters and browser tabs need a few dozen. */
  connectionsMax: 2_048,
  /** Trace ids waiting for one reader of the live tail. A reader that falls further behind is cut off and starts again. */
  tailTracesMax: 10_000,
  /** Between two signs of life on the live tail: proxies close what is silent for a minute. */
  tailHeartbeatMs: 15_000,
  /** How long a stopping server waits for requests in flight, and then for the log to be drained. What is left waits in the log. */
  stopMsMax: 10_000,
  /** Headers and body must arrive in this time, or a slow sender could hold the socket for ever. */
  requestTimeoutMs: 15_000,

  /** Bytes waiting in the user's process. Bounded by bytes, because 2,048 spans with long prompts are 400 MB. */
  exportBufferBytesMax: 16 * MiB,
  /** The spans of one export request. With what is around them under every receiver's limit (gRPC: 4 MiB, Collector: 20), small enough to retry. */
  exportRequestBytesMax: 4 * MiB - 64 * KiB,
  /** Attributes of one span, where messages are numbered attributes: 128, as OpenTelemetry has it, would cut a chat of sixty messages. */
  spanAttributesMax: 512,
  /** Spans that ended and are not encoded yet. Few enough that encoding them all blocks the loop for less than a millisecond. */
  unsettledSpansMax: 64,
  /** How long a call may go unasked for before its span ends without an answer: half of the minute in which every span must end. */
  unaskedMsMax: 30_000,
  /**
   * How long a span waits for the end of work that goes on at the provider (an assistant's run, a response in the background). A run
   * expires after ten minutes; a long response takes half an hour.
   */
  openWorkMsMax: 30 * 60_000,
  /** How many such spans wait at once: each holds the facts of one call. */
  openWorkMax: 1_024,
  /** Spans that wait while the price table loads, which takes milliseconds. Beyond this they leave without a cost. */
  unpricedSpansMax: 4_096,
  /** How long a natural exit may wait for the last export. */
  exitDelayMsMax: 2_000,
  /** The pause between exports: what ended 100 ms before a SIGTERM should be on its way, and the page should feel live. */
  exportIntervalMs: 100,
  /** The OpenTelemetry default for periodic metric readers is 60 s; ours is shorter as counters are cheap here. */
  metricIntervalMs: 10_000,
  /** Combinations of labels per metric before all others share one overflow series (OpenTelemetry metrics SDK specification). */
  metricSeriesMax: 2_000,
  /** The same on a server, for each of the groups of metrics: it counts for everybody, and one scrape must stay small. */
  serverSeriesMax: 300,
  /** Messages between agents whose other side has not come yet: a few seconds of a busy platform. */
  a2aPairsMax: 2_000,
  /** Characters of content kept in `preview` mode, and how many of the last messages. */
  previewCharsMax: 500,
  previewMessagesMax: 2,
  /** Content of one attribute in the user's process; cut before it is serialised, so that 50 MB never block the loop. */
  contentBytesMax: 256 * KiB,
  /** Messages of one call, and parts of one message, that are looked at: two thousand short ones fill the limit of bytes. */
  contentItemsMax: 2_000,

  /** A provider, model or host name that is looked up in the price table. The longest real ones (ARNs) have some 200 characters. */
  modelNameCharsMax: 512,
  /** Look-ups in the price table that are remembered. Names come from spans, so they may be hostile and must not fill the memory. */
  priceCacheEntriesMax: 2_048,

  /** What one scan of a prompt may block the loop for. Then the rest counts as not scanned, or is refused when the guard fails closed. */
  guardScanMsMax: 20,
  /** Characters that are scanned whatever the clock says, half at each end: a busy machine must not open the door. */
  guardCharsAlways: 32 * KiB,
  /** One stretch of text that is folded and judged at a time; longer texts are several. */
  guardWindowChars: 16 * KiB,
  /** How far two stretches overlap, so that no attack lies across a border. */
  guardOverlapChars: 1 * KiB,
  /** Text hidden in base64, hex or the like, inside such text: deeper is not looked at. */
  guardDecodeDepthMax: 2,
  /** How long a scanner that waits for something (a server, a model) may take. */
  guardTimeoutMs: 10_000,
  /** Failures in a row after which a remote scanner is not asked for a while. */
  guardCircuitFailuresMax: 5,
  guardCircuitOpenMs: 30_000,
  /** An answer of a remote scanner: names, numbers and at most the text that was sent. */
  guardAnswerBytesMax: 4 * MiB,
  /** States of a user's pattern. Matching costs at most this many steps a character. */
  guardPatternStatesMax: 2_000,
  /** Places reported for one text and scanner: a text of a million addresses is not worth a million objects. */
  guardSpansMax: 1_000,
  /** How many frames around one are remembered. Real programs nest a dozen; an endless one must not grow. */
  frameDepthMax: 64,
  /** Model calls of a framework that run at once in one place of the program and wait for their owner. */
  openFrameworkCallsMax: 1_024,
  /** Runs of a framework that began and have not ended. One that is never heard of again must not stay for ever. */
  openRunsMax: 16_384,
  /** How long a framework's stream may be silent before its span ends: nothing tells us that a reader has left it. */
  silentStreamMsMax: 60_000,
  /** Requests on one MCP connection that wait for their answer. Real ones have a handful; more go unrecorded. */
  mcpRequestsOpenMax: 4_096,
  /** Tools that are listed of one gateway. Large ones have some hundreds; a list that never ends must not fill the memory. */
  gatewayToolsMax: 10_000,
  /** Tasks and messages of other agents that are remembered: the state that a task had, how often a message was sent. */
  a2aTasksMax: 10_000,
  /** Ids of answers a provider's client recorded, remembered until the framework around it reports the same call. */
  ownedAnswersMax: 4_096,
  /** Model calls inside one answer of a provider's agent that get a span of their own; the usage of more is added to the last. */
  innerCallsMax: 1_000,
  /** A body that a library hands over as bytes is parsed for its tokens up to here; more would hold up the program for milliseconds. */
  parsedBodyBytesMax: 512 * KiB,
  /** Spans that are open at once and shown as a tree on the terminal; more are printed as traces of their own. */
  consoleSpansMax: 10_000,
  /** Steps that a task trace keeps in the user's process; usage and cost of more are still summed. Half a kilobyte each. */
  traceStepsMax: 1_000,
  /** Finished task traces that are not written out yet: a trace may learn of a stream that outlives its function. */
  unsettledTasksMax: 64,
  /** What is read of a `baggage` header: W3C Baggage asks for 8,192 bytes and 64 members to be passed on. */
  baggageBytesMax: 8 * KiB,
  baggageMembersMax: 64,
  /** A name or an id in an identity that comes from outside of the process. SPIFFE ids have 2,048 bytes at most; real ones have 100. */
  identityCharsMax: 512,

  /** How long the SPIFFE agent of this machine may take to answer. The standard wants it without delay; attestation takes some milliseconds. */
  workloadApiTimeoutMs: 5_000,
  /** A message of the Workload API: what gRPC allows by default. A thousand trust domains with three authorities each are 3 MiB. */
  workloadMessageBytesMax: 4 * MiB,
  /** The longest pause before the Workload API is asked again. An agent that comes back should be noticed before SVIDs expire. */
  workloadRetryMsMax: 30_000,
  /** Certificates in a chain. Nested authorities are two or three deep; each costs a signature check. */
  svidChainMax: 8,
  /** A JWT-SVID that a server looks at. Real ones have 600 bytes; the headers of a request have 16 KiB in all. */
  svidTokenBytesMax: 8 * KiB,
  /** A SPIFFE bundle. One has a few keys; with the certificates of its authorities it is some kilobytes. */
  bundleBytesMax: 1 * MiB,
  /** How long a bundle endpoint may take to answer. */
  bundleTimeoutMs: 10_000,
  /** Sets of audiences whose JWT-SVIDs are remembered. Programs have a handful; one per request must not grow. */
  jwtAudiencesMax: 256,
  /** Node's timers take 31 bits, and fire at once beyond. */
  timerMsMax: 2 ** 31 - 1,
  /** A webhook, its redirects included: one that hangs must not hold up the next for long. */
  webhookTimeoutMs: 10_000,
  webhookRedirectsMax: 3,
  /** Alerts in all; each is a question to the store every half minute. */
  alertsMax: 200,
  /** How often rules are looked at. */
  alertEveryMs: 30_000,
  /** Messages that wait to be delivered. Beyond this the oldest is given up, and said so. */
  alertOutboxMax: 1_000,
  /** Messages on their way at once. */
  alertSendingMax: 4,
  /** Tries of one message: with the pauses doubling from a second to an hour they take a day. */
  alertTriesMax: 35,
  alertRetryMs: 1_000,
  alertRetryMsMax: 60 * 60_000,
  /** What happened is kept for the page to show. */
  alertHistoryMax: 1_000,
  /** What fires stays so for at least this long, so that nobody is told of the same thing every minute. */
  alertHoldMs: 5 * 60_000,
  /** Groups (agents, models …) of one alert that can fire at once; more are told of in one sentence. */
  alertGroupsMax: 20,
  /** How long an answer is thought to be where the request sets no bound, when a budget decides whether it may be made. */
  budgetAnswerTokens: 1_000,
  /** For how long an asker may spend its part of a budget without asking again; who is gone blocks it for others that long. */
  budgetLeaseMs: 10_000,
  /** How long what a gateway asked for is held when it never says how the call ended. */
  budgetHoldMs: 60_000,
  /** After this an untraced call that was reported is taken to be stored: export takes 0.1 s, the drain as much; a retry takes a few seconds. */
  budgetSettleMs: 10_000,
  /** An asker that has been silent so long and whose calls are all stored is forgotten. */
  budgetForgetMs: 10 * 60_000,
  /** Askers of one budget. Each is a process that is alive; one costs half a kilobyte. */
  budgetAskersMax: 10_000,
  /** Budgets in all: each stored span is held against every one of them. */
  budgetsMax: 1_000,
  /** What is over a limit by more is shown as this. */
  budgetPercentMax: 1_000_000,
  /** Runs whose spending is in memory, for budgets of runs. Others are summed anew when somebody asks. */
  budgetRunsMax: 10_000,
  /** Prices of one's own: each call is held against them until one is about it. */
  ownPricesMax: 1_000,
  /** What people said of the guard's verdicts: a few hundred bytes each, all of them in memory. */
  guardReviewsMax: 10_000,
  /** How long other servers' logs may hold spans that were deleted meanwhile, and still be read. */
  tombstoneMsMax: 30 * 24 * 60 * 60_000,
  /** How often old days are looked for, and how often a job that has to wait or has failed goes on. */
  retentionEveryMs: 60 * 60_000,
  jobRetryMs: 30_000,
  /** How long who asks for a job waits for its end before it is told that it runs. */
  jobWaitMs: 2_000,
  /** How long a backup waits for what was acknowledged to be stored. */
  backupWaitMs: 60_000,
  /** Finished jobs that are kept to be looked at. */
  jobsKeptMax: 1_000,
  /** How often the sums in memory are compared with the store: they only differ after a deletion, a new price, or another server. */
  budgetRefreshMs: 60_000,
  /** The same where several servers share a store, as each sees only its own spans. */
  budgetRefreshSharedMs: 2_000,
  /** A server that shares the store and has not said for so long that it is there is gone. */
  budgetServersMs: 20_000,
  /** How long a call in the user's process may wait for the server to say whether it may be made. */
  budgetWaitMs: 50,
  /** How long the server's answer about budgets is of use: no call waits for it any more. */
  budgetAskMs: 2_000,
  /** After this the server is not asked again on a call that waits, when it did not answer; doubles up to the second. */
  budgetRetryMs: 1_000,
  budgetRetryMsMax: 30_000,
  /** Entries and bytes of a cache in the user's process. Credentials have 2 KiB each. */
  cacheEntriesMax: 1_000,
  cacheBytesMax: 16 * MiB,
  /** One entry. What is larger is loaded each time: writing it out for a shared cache would hold up the program. */
  cacheEntryBytesMax: 1 * MiB,
  /** How long an entry is kept that says nothing of its end. */
  cacheTtlMs: 5 * 60_000,
  /** How long a look into a shared cache may take. It stands before the real work, which often takes no longer. */
  cacheSharedTimeoutMs: 250,
  /** After so many failures in a row a shared cache is not asked for a while. */
  cacheSharedFailuresMax: 3,
  cacheSharedPauseMs: 5_000,
  /** A load that takes longer is no longer waited for by those who come later: they load themselves. */
  cacheLoadMsMax: 60_000,
  /** Spans of one cache. More looks a second are only counted: a program may look a million times. */
  cacheSpansPerSecondMax: 100,
  /** Credentials are used no longer than this before their end: work that begins with them has to be finished with them. */
  credentialMarginMs: 10 * 60_000,
  /** One exchange or one request to a vault, with all its tries. */
  secretTimeoutMs: 10_000,
  secretTriesMax: 3,
  /** What a token endpoint or a vault answers. A secret of Vault has 1 MiB at most. */
  secretAnswerBytesMax: 2 * MiB,
  /** How long a client's key from a vault is used before it is asked for again, and how much longer when the vault is away then. */
  secretTtlMs: 5 * 60_000,
  secretStaleMsMax: 60 * 60_000,
  /** A program in a sandbox, where its caller gives no bounds: half a minute, and the memory of a small script. */
  sandboxTimeoutSeconds: 30,
  sandboxMemoryBytesMax: 256 * MiB,
  /** What is kept of each of its two outputs. An agent reads some thousand characters of them. */
  sandboxOutputBytesMax: 1 * MiB,
  /** A program that writes more than this beyond what is kept is ended: reading it all would keep the user's process busy. */
  sandboxDiscardBytesMax: 64 * MiB,
  /** How long a runtime may take to begin. Deno takes 50 ms, Python three to six seconds of one core; a busy machine has less. */
  sandboxStartMsMax: 120_000,
  /** How often its memory is looked at, where the machine tells. A program fills some 100 MiB in between. */
  sandboxMemoryEveryMs: 25,
} as const;
