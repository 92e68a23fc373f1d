// Limits: every bound of isonet in one table. Neutral: host and guest.
// Checked against docs/limits.md by test/tidy. Options may lower or raise the ones marked (option).

export const limits = {
  /**
   * Inbox of one service in bytes (option): what one turn can bring in. Pages are touched only when
   * used.
   */
  inboxBytes: 16 * 1024,
  /** Outbox of one service in bytes: flushed in mid-turn when full. */
  outboxBytes: 16 * 1024,
  /** Largest message, header included, in bytes (option). */
  messageBytesMax: 16 * 1024 * 1024,
  /** Most bytes one service can send in one turn. */
  turnSendBytesMax: 64 * 1024 * 1024,
  /** Frames waiting in one mailbox (option). */
  mailboxDepthMax: 65_536,
  /** Bytes waiting in one mailbox (option). */
  mailboxBytesMax: 32 * 1024 * 1024,
  /**
   * First mailbox depth that is reported; doubles with each report. Skynet's figure (reference
   * §1.3).
   */
  overloadDepthMin: 1024,
  /** Frames handed to a service in one turn at most. */
  batchFramesMax: 512,
  /** Timers of one service. */
  timersMax: 65_536,
  /** Ticks of the longest timer: 2^31 - 1, 248 days. */
  timerTicksMax: 0x7fff_ffff,
  /**
   * Values nested deeper than this are refused by pack and unpack. Skynet's figure (reference
   * §2.9).
   */
  packDepthMax: 32,
  /**
   * Values in one body: a map of 256 × 256 tiles with three values each fits, and a stranger's
   * 7-byte empty Maps still cost their reader no more than 50 MiB.
   */
  packValuesMax: 262_144,
  /** Bytes of one packed bigint. */
  packBigintBytesMax: 1024,
  /** Local names, the leading dot included. */
  nameBytesMax: 64,
  /** Names of one host. */
  namesMax: 65_536,
  /** Text of a fault in bytes; longer texts are cut. */
  faultTextBytesMax: 4096,
  /** One log line in bytes; longer lines are cut. */
  logLineBytesMax: 8192,
  /** Log lines of one service in one second; more are dropped and counted. */
  logLinesPerSecondMax: 1000,
  /** Lines of the log that the dashboard can show, of all speakers. */
  logTailLinesMax: 2000,
  /** Lines of each speaker that the dashboard can show. */
  logTailServiceLinesMax: 100,
  /** Speakers whose lines are kept for the dashboard: those who spoke last. */
  logTailServicesMax: 512,
  /** Characters of one line as the dashboard shows it; the rest is cut. */
  logTailCharsMax: 1000,
  /**
   * Bytes of log lines that wait for a slow disk or terminal; then lines are dropped and counted.
   */
  logBufferBytesMax: 4 * 1024 * 1024,
  /** Default timeout of a call in milliseconds (option); 0: none. */
  callTimeoutMs: 30_000,
  /** Bytes of one ring between two shards. */
  ringBytes: 256 * 1024,
  /** Bytes that wait for a full ring before its senders are held. */
  linkBacklogBytesMax: 8 * 1024 * 1024,
  /** Bytes that wait for a full ring at most; what would pass it is refused with LINK_FULL. */
  linkBytesMax: 64 * 1024 * 1024,
  /** Memory of one isolate in MiB (option). */
  memoryMb: 128,
  /** A turn longer than this is interrupted, in milliseconds (option); 0: never. */
  turnMsMax: 5000,
  /** Interval of the endless-loop monitor in milliseconds. Skynet's figure. */
  monitorMs: 5000,
  /** Time for a module's top level and start handler together, in milliseconds (option). */
  startMsMax: 30_000,
  /** Source text of one service, all its modules together, in bytes. */
  sourceBytesMax: 4 * 1024 * 1024,
  /** Modules of one service. */
  modulesMax: 256,
  /** Suspended logical threads of one service. */
  threadsMax: 65_536,
  /** Waits of a service whose awaiting functions its list of tasks names. */
  taskStacksMax: 256,
  /** Functions named for one of them. */
  taskFramesMax: 32,
  /** Crashes of a supervised service in its time that are followed by a restart. */
  restartsMax: 5,
  /** The time in which crashes are counted, in seconds. */
  restartSeconds: 60,
  /** Wait before the first restart in milliseconds; doubles with each crash that follows. */
  restartBackoffMs: 100,
  /** Longest wait before a restart in milliseconds. */
  restartBackoffMsMax: 10_000,
  /** Packed state of one service that the host keeps. */
  checkpointBytesMax: 1024 * 1024,
  /** Time for a service to export its state, in milliseconds. */
  exportMsMax: 1000,
  /** Monitors that wait for one service, and that one service waits on. */
  monitorsMax: 1024,
  /** Untrusted services of one cell (option). */
  cellServicesMax: 250,
  /** A cell that does not answer for this long is killed, in milliseconds (option). */
  cellStallMs: 1000,
  /** Memory of one cell's process in MiB (option). */
  cellMemoryMb: 4096,
  /** A cell that is in use for longer is emptied and ended, in milliseconds (option); 0: never. */
  cellAgeMs: 86_400_000,
  /** Points of offences in one cell after which it is emptied and ended. */
  cellStrikesMax: 200,
  /** Time for each step of moving a service to another cell, in milliseconds. */
  relocateMsMax: 5000,
  /** Memory of one untrusted service's isolate in MiB (option). */
  untrustedMemoryMb: 32,
  /** Frames waiting for one untrusted service (option). */
  untrustedMailboxMax: 1024,
  /** A turn of an untrusted service longer than this is interrupted, in milliseconds (option). */
  sliceMs: 50,
  /** CPU time of one owner's untrusted services in each second, in milliseconds (option). */
  cpuPerSecondMs: 250,
  /** Messages an untrusted service may send in each second (option). */
  sendsPerSecondMax: 10_000,
  /** Hands through which a request may go and its caller still be told of each. */
  handsMax: 16,
  /** Requests handed on to one service whose earlier hands are remembered; the oldest go. */
  handedOnMax: 1024,
  /** Services that hear of the end of an untrusted one because it told them of it itself. */
  farewellsMax: 256,
  /** Entries of one allow list: destinations, kinds of one destination, settings. */
  allowEntriesMax: 256,
  /** Destinations of one untrusted service whose permits are remembered; then they start anew. */
  permitsRememberedMax: 1024,
  /** Services alive of one owner that untrusted services have launched. */
  ownerServicesMax: 64,
  /** Names of one owner's untrusted services. */
  ownerNamesMax: 64,
  /** Log lines of one owner's untrusted services in one second; more are dropped and counted. */
  ownerLogLinesPerSecondMax: 1000,
  /** Points of an owner from which its services share a cell with no others. */
  strikesQuarantined: 100,
  /** Points of an owner from which it is refused every launch, and its services are ended. */
  strikesRefused: 200,
  /** Points that an owner loses each minute. */
  strikesFadePerMinute: 10,
  /** Cells for the services of owners in quarantine. */
  quarantineCellsMax: 2,
  /** Post-mortem records. */
  incidentsMax: 50,
  /** CPU time an idle owner saves up, in milliseconds of its refill. */
  cpuBurstMs: 1000,
  /** CPU time an owner can owe, in milliseconds of its refill: it never waits for longer. */
  cpuDebtMs: 10_000,
  /** Largest message of an untrusted service, header included, in bytes. */
  untrustedMessageBytesMax: 1024 * 1024,
  /** Most bytes an untrusted service can send in one turn. */
  untrustedTurnSendBytesMax: 4 * 1024 * 1024,
  /** A debugger's pauses within one turn; then the service goes on and is let go. */
  debugPauseMsMax: 60_000,
  /** The longest pause an operator can ask for, in milliseconds: an hour. */
  debugPauseMsLongest: 3_600_000,
  /** A turn under a debugger that runs for longer, its pauses not counted, is interrupted. */
  debugTurnMsMax: 10_000,
  /** A turn that is interrupted as a debugger leaves, and goes on; then its service is ended. */
  debugLeaveMsMax: 10_000,
  /** One message of a debugger's client, in bytes. */
  debugRequestBytesMax: 1024 * 1024,
  /** One message to a debugger's client, in characters: the source of a script, a deep object. */
  debugMessageCharsMax: 16 * 1024 * 1024,
  /** Bytes that wait for a debugger's client that reads slowly; then it is disconnected. */
  debugWaitingBytesMax: 32 * 1024 * 1024,
  /** An endpoint for DevTools that nobody is connected to is closed after so many milliseconds. */
  devtoolsIdleMs: 600_000,
  /** Endpoints for DevTools that are open. */
  devtoolsMax: 16,
  /** Timers of one untrusted service. */
  untrustedTimersMax: 1024,
  /** A heap snapshot or another recording of one service, in bytes of JSON. */
  snapshotBytesMax: 256 * 1024 * 1024,
  /** Time for V8 to make one, in milliseconds. */
  snapshotMsMax: 60_000,
  /** A recording whose next piece nobody has asked for is dropped, in milliseconds. */
  snapshotKeptMs: 30_000,
  /** One piece of it on its way to the node, in bytes. */
  snapshotPieceBytes: 256 * 1024,
  /** Seconds that a profile, an allocation sample or the time between two snapshots may take. */
  recordingSecondsMax: 300,
  /** Samples of one CPU profile: a longer one samples less often than each millisecond. */
  profileSamplesMax: 10_000,
  /** Longest wait for a call of the function that a script is injected into, in milliseconds. */
  trapMsMax: 60_000,
  /** Spans of traced requests that are open at a time. */
  spansMax: 4096,
  /** Bytes of one recording; then it ends, and the log says so. */
  recordBytesMax: 256 * 1024 * 1024,
  /** Bytes of a recording that go to the host in one message. */
  recordChunkBytes: 64 * 1024,
  /** Bytes of a recording that wait to be written; then it ends. */
  recordBacklogBytesMax: 16 * 1024 * 1024,
  /** Recordings of one host at a time, and names whose next services are to be recorded. */
  recordingsMax: 64,
  /** Shadows of the services of one shard, or cell. */
  shadowsMax: 4,
  /** Bytes of a service's turns that wait for its shadow; then that ends. */
  shadowBacklogBytesMax: 8 * 1024 * 1024,
  /** Milliseconds of one turn of a shadow whose service has no slice of its own. */
  shadowTurnMsMax: 250,
  /** Milliseconds that a shadow may have for what still waits when its service, or it, ends. */
  shadowFinishMsMax: 1000,
  /** Seconds after which a shadow ends by itself. */
  shadowSecondsMax: 3600,
  /** Functions alive in an isolate that a hotfix looks through for those of the module. */
  hotfixFunctionsMax: 50_000,
  /** Differences at a module's top level that a hotfix tells apart. */
  hotfixHunksMax: 32,
  /** Milliseconds a hotfix waits for a service whose functions are suspended. */
  hotfixBusyMsMax: 2000,
  /** Milliseconds a replacement waits for its service to have nothing under way. */
  replaceIdleMsMax: 5000,
  /** Milliseconds in which the first services of a rolling hotfix are watched. */
  canaryMs: 2000,
  /** Versions of a service's module that are kept to go back to. */
  versionsMax: 8,
  /** HTTP servers of one host. */
  httpServersMax: 64,
  /** Head of one request that a service serves, or of an answer it gets. Skynet's figure. */
  httpHeaderBytes: 8192,
  /** Body of one request that a service serves. */
  httpBodyBytes: 1024 * 1024,
  /** Milliseconds in which a handler must answer. */
  httpRequestMs: 30_000,
  /** Milliseconds in which a request must have come, head and body. */
  httpReceiveMs: 60_000,
  /** Milliseconds of silence after which a connection is closed. */
  httpIdleMs: 60_000,
  /** Connections of one HTTP server. */
  httpConnections: 4096,
  /** Bytes of a body that go to a service, or come from it, in one message. */
  httpPieceBytes: 64 * 1024,
  /** Head of one answer of a service. */
  httpAnswerHeadBytesMax: 64 * 1024,
  /** Body of the answer to one request of a service. */
  httpReplyBytes: 1024 * 1024,
  /** Redirects that one request may ask to follow. */
  httpRedirectsMax: 20,
  /** Requests, streams and WebSocket connections that one service has opened. */
  httpFetchesMax: 1024,
  /** One message of a WebSocket peer. Skynet's figure (reference §5.6). */
  websocketMessageBytes: 256 * 1024,
  /** Bytes that wait for a WebSocket peer that reads slowly; then its connection is closed. */
  websocketWaitingBytes: 4 * 1024 * 1024,
  /** Bytes from which a service hears of them, and again at each doubling. Skynet's figure. */
  websocketWarningBytes: 1024 * 1024,
  /** Bytes of a WebSocket peer that wait for its service; then it is not read. */
  websocketUnreadBytesMax: 256 * 1024,
  /** Messages of a WebSocket peer that wait for its service, or go to it at a time. */
  websocketEventsMax: 128,
  /** Sockets of one host. Skynet's figure (reference §5.0). */
  socketsMax: 65_536,
  /** Sockets of one service. */
  socketsPerServiceMax: 16_384,
  /** Sockets of one untrusted service. */
  untrustedSocketsMax: 256,
  /** Bytes of one socket that its service has not read, before the host stops reading it. */
  socketReadBytesMax: 128 * 1024,
  /** Bytes that a service reads of a socket before it says so. */
  socketConsumedBytes: 32 * 1024,
  /** Bytes of one line that is read, unless the service sets another limit for the socket. */
  socketLineBytesMax: 1024 * 1024,
  /** Bytes of events on their way to one service, before the host stops reading its sockets. */
  socketOwnerBytesMax: 1024 * 1024,
  /** Messages with events on their way to one service, before the same. */
  socketOwnerFramesMax: 256,
  /** Bytes of events in one message; a chunk that is larger goes alone. */
  socketBatchBytesMax: 64 * 1024,
  /** Bytes waiting to be sent on one socket of which its owner is warned, and of each doubling. */
  socketWarningBytes: 1024 * 1024,
  /** Bytes that wait to be sent on one socket; the write that would pass it ends the socket. */
  socketWriteBytesMax: 16 * 1024 * 1024,
  /** Bytes that wait to be sent on all sockets of one service; the same. */
  socketServiceWriteBytesMax: 256 * 1024 * 1024,
  /** Random bytes that a service gets from the host at once. */
  randomBytesMax: 4096,
  /** Bytes of one block on its way to the host; what is larger goes in several. */
  socketBlockBytesMax: 512 * 1024,
  /** Connections that wait for accept, by default. Skynet's figure. */
  socketBacklog: 32,
  /** Connections that wait for accept at the most. */
  socketBacklogMax: 4096,
  /** Time to connect, in milliseconds, unless the service says another. */
  connectMs: 10_000,
  /** The longest that a service can say. */
  connectMsMax: 60_000,
  /** Time to resolve a name, in milliseconds. */
  resolveMs: 10_000,
  /** A connection that was opened and that nobody has started is closed after so long. */
  socketStartMs: 30_000,
  /** Sockets that one answer tells of. */
  netstatRowsMax: 5000,
  /** A socket that is closed and cannot get rid of its bytes loses them after so long. */
  socketCloseMs: 30_000,
  /** Frames that are forwarded to an agent and that it has not come to; or half of its mailbox. */
  forwardFramesMax: 32_768,
  /** Bytes of them. */
  forwardBytesMax: 4 * 1024 * 1024,
} as const;
