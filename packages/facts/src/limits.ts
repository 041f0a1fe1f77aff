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
  /** Bodies above this are checked in a thread of their own, so that small requests do not wait for them. */
  bodyBytesInline: 1 * MiB,
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
  /** One drain: DuckDB likes large batches; a person watching the page likes to see a span within a second. */
  drainSpansMax: 20_000,
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
  /** Traces in one page of the list. */
  tracesPageMax: 500,
  /** Rows of a cost pivot. Beyond this the answer says that it was cut. */
  costRowsMax: 10_000,
  /** Memory of the embedded store's engine. Measured with 2 million spans: cost by four dimensions over a week in 50 ms. */
  storeMemoryBytesMax: 1024 * MiB,
  /** Queries at once; more wait in line. Node has four threads for this and for the log's syncs, and a sync must not wait for a query. */
  storeQueriesMax: 2,
  /** The store's write-ahead log, before it is folded into its file. Folding rewrites the newest rows, so it should not happen often. */
  storeWalBytesMax: 128 * MiB,
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
  /** One export request. Under every receiver's limit (Collector: 20 MiB), small enough to retry. */
  exportRequestBytesMax: 4 * MiB,
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
  /** Ids of answers a provider's client recorded, remembered until the framework around it reports the same call. */
  ownedAnswersMax: 4_096,
  /** Model calls inside one answer of a provider's agent that get a span of their own; the usage of more is added to the last. */
  innerCallsMax: 1_000,
  /** A body that a library hands over as bytes is parsed for its tokens up to here; more would hold up the program for milliseconds. */
  parsedBodyBytesMax: 512 * KiB,
  /** Spans that are open at once and shown as a tree on the terminal; more are printed as traces of their own. */
  consoleSpansMax: 10_000,
  /** How long an answer is thought to be where the request sets no bound, when a budget decides whether it may be made. */
  budgetAnswerTokens: 1_000,
} as const;
