// Every bound in the program, with the reason in a line. Units stand in the name.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace whinchat::limits {
using std::chrono::milliseconds;
using std::chrono::seconds;

// --- fibers ---
inline constexpr size_t kFiberStackBytes = 128 * 1024;   // deepest path measured (TLS handshake inside JSON) plus half; only touched pages cost memory
inline constexpr size_t kFiberStacksKept = 64;           // free stacks kept per loop, 1.3 MB touched at most

// --- connections ---
inline constexpr int kListenBacklog = 1024;              // 400 simultaneous connects must not see SYN retries
inline constexpr int kConnectionsPerAddress = 64;        // one /64 or IPv4 address; loopback gets the next figure
inline constexpr int kConnectionsPerLoopbackAddress = 16384;  // a proxy or a load test on this machine
inline constexpr int kRequestsPerConnection = 10'000;
inline constexpr milliseconds kAcceptBackoff{50};
inline constexpr seconds kTlsHandshakeDeadline{10};
inline constexpr seconds kHeadDeadline{10};              // first byte to last of a request head
inline constexpr seconds kKeepAliveIdle{60};
inline constexpr seconds kWriteStall{15};                // a reader that takes nothing for so long is gone
inline constexpr seconds kBodyDeadlineBase{10};
inline constexpr size_t kBodyBytesPerSecondMin = 16 * 1024;
inline constexpr seconds kBodyDeadlineMax{60};

// --- request heads (RFC 9112) ---
inline constexpr size_t kHeadBytes = 16 * 1024;
inline constexpr size_t kTargetBytes = 8 * 1024;
inline constexpr size_t kHeaderFields = 64;
inline constexpr size_t kHeaderFieldBytes = 8 * 1024;
inline constexpr size_t kPipelinedBytes = 16 * 1024;     // read ahead of the request being answered

// --- bodies ---
inline constexpr size_t kChatBodyBytes = 1 << 20;
inline constexpr size_t kOtherBodyBytes = 64 * 1024;
inline constexpr size_t kBodyBytesMax = 64 << 20;         // any body at all: an import; each route says less
inline constexpr size_t kCorkBytes = 16 * 1024;          // gathered output leaves at the latest here

inline constexpr size_t kReportBodyBytes = 8 * 1024;      // what a browser says about its Content-Security-Policy
inline constexpr size_t kReportsPerBody = 5;              // logged; a broken page repeats itself
inline constexpr size_t kReportTextBytes = 256;           // of an address in a report
inline constexpr int kReportsPerMinute = 10;              // and address

// --- JSON from clients ---
inline constexpr int kJsonDepth = 16;
inline constexpr int kJsonValues = 4096;

// --- chat ---
inline constexpr size_t kMessageCodePoints = 10'000;     // the guide
inline constexpr size_t kHistoryItems = 50;              // the guide
inline constexpr size_t kHistoryItemCodePoints = 100'000;
inline constexpr size_t kInstructionsCodePoints = 4'000; // what a person tells the model with every question
inline constexpr seconds kStreamPing{10};
inline constexpr int kStreamsPerClient = 16;             // one address may be a household behind NAT
inline constexpr int kStreamsPerLoopbackClient = 16384;

inline constexpr int kOutputTokensMax = 400'000;           // above what any model of the table gives

// --- workers ---
inline constexpr int kWorkerThreads = 4;
inline constexpr size_t kWorkerQueue = 1024;

// --- text and files from outside ---
inline constexpr size_t kJsonStringCodePoints = 128 * 1024;  // above every field's own limit, so that its error is the one seen
inline constexpr size_t kForwardedBytes = 4 * 1024;      // all X-Forwarded-For lines; ten hops need a tenth of it
inline constexpr size_t kForwardedHops = 32;             // trusted proxies in a row; more is a loop or a forgery
inline constexpr size_t kUrlBytes = 2048;                // a base URL or an origin in the settings
inline constexpr size_t kEnvFileBytes = 64 * 1024;
inline constexpr size_t kEnvFileEntries = 1024;
inline constexpr size_t kSystemPromptCodePoints = 32'000;  // SYSTEM_PROMPT; larger leaves small models no room
inline constexpr size_t kProviders = 32;                 // configured providers; each is asked for its models

inline constexpr size_t kProviderFailures = 5;           // answers in a row that a provider fails to give; PROVIDER_FAILURES_MAX
inline constexpr seconds kBreakerWindow{30};             // within this time; then it is spared for the rest of it

// --- logs ---
inline constexpr size_t kLogValueBytes = 1024;           // a field; longer ones are cut
inline constexpr size_t kLogLineBytes = 16 * 1024;

// --- limits per client ---
inline constexpr size_t kLimiterSlots = 65'536;          // 32 bytes each: 2 MiB when every one has been used
inline constexpr size_t kLimiterWays = 8;                // slots that one key may take: four cache lines to look at
inline constexpr size_t kLimiterLocks = 64;
inline constexpr int kLimiterHitsMax = 1'000'000;        // a window's count has 20 bits
inline constexpr int kStreamsOpen = 16'384;              // in all; 20,000 descriptors are two per stream and some more
inline constexpr size_t kDescriptorsAtOnce = 2 * kStreamsOpen;  // room made at the start: 256 KB in the kernel

// --- the database ---
inline constexpr size_t kStatementsKept = 256;           // prepared statements per connection; there are fewer in the program
inline constexpr size_t kWriteQueue = 1024;              // write jobs that wait; beyond: 503
inline constexpr size_t kReadQueue = 1024;
inline constexpr size_t kWriteGroup = 64;                // jobs in one transaction
inline constexpr long kBallastBytes = 16L << 20;         // put aside so that a full disk can still be started from
inline constexpr long kBallastBytesLeast = 256 << 10;    // the WAL's index and some pages; less would not help
inline constexpr long kBackupSpareBytes = 8L << 20;      // left free beside a backup, so that writing goes on
inline constexpr size_t kBackupDays = 7;
inline constexpr size_t kBackupWeeks = 4;
inline constexpr milliseconds kKeeperFirstLook{60'000};  // after the start: a short run is not burdened with a backup
inline constexpr milliseconds kKeeperPause{3'600'000};
inline constexpr std::chrono::hours kCheckEvery{7 * 24}; // reading the whole file, against decay of disks
inline constexpr milliseconds kIdleCheckpoint{5'000};    // without writes for so long the log is brought into the file
inline constexpr milliseconds kReopenCheckpointWait{1'000};  // for readers to let go
inline constexpr milliseconds kStartCheckTime{1000};     // for checking the file before serving; the rest of it afterwards
inline constexpr milliseconds kReopenPauseFirst{100};    // after an I/O error, before the database is opened once more
inline constexpr milliseconds kReopenPauseMost{2000};    // a disk that comes back is noticed soon

// --- archives (import and export) ---
inline constexpr size_t kArchiveBodyBytes = 64 << 20;    // an import; ten years of talk compress into a tenth of it
inline constexpr size_t kArchiveEntries = 60'000;        // files in a ZIP: every conversation and a picture for some
inline constexpr size_t kArchiveTextBytes = 512 << 20;   // decompressed, of all conversations: eight times the largest body
inline constexpr size_t kArchiveConversationBytes = 16 << 20;  // the JSON of one conversation; it is parsed as a whole
inline constexpr int kArchiveValues = 500'000;           // JSON values of one conversation
inline constexpr int kArchiveDepth = 64;
inline constexpr size_t kArchiveConversationMessages = 20'000;
inline constexpr size_t kArchiveChunkBytes = 64 * 1024;  // read or written at once
inline constexpr size_t kArchiveSkippedListed = 50;      // reasons in an answer
inline constexpr size_t kArchiveTitlesListed = 20;
inline constexpr seconds kArchiveBodyDeadline{600};      // 64 MiB at 1 Mbit/s
inline constexpr int kImportsPerUser = 1;
inline constexpr int kImports = 2;                       // of all: each may hold its body and one conversation, 100 MiB
inline constexpr int kExportsPerUser = 2;
inline constexpr int kExports = 8;

// --- attachments ---
inline constexpr size_t kAttachmentBytes = 10 << 20;     // of any kind: the body of an upload; a PDF, about 100 pages
inline constexpr size_t kAttachmentImageBytes = 3'750'000;  // Anthropic takes 5 MiB of base64 for a picture
inline constexpr size_t kAttachmentTextBytes = 512 * 1024;  // all of it goes into the prompt: 130,000 tokens
inline constexpr int kAttachmentsPerMessage = 10;
inline constexpr int64_t kAttachmentMessageBytes = 20 << 20;  // of one message; base64 of that is below every provider's 32 MB
inline constexpr int64_t kAttachmentUserBytes = 256LL << 20;  // of one user, each file once
inline constexpr int64_t kAttachmentLocalUserBytes = 16LL << 30;  // of the one user of an open server, whose disk it is
inline constexpr int kAttachmentsUnsent = 100;           // of one user: uploaded, waiting for a message
inline constexpr int64_t kAttachmentUnsentMs = 24LL * 3600 * 1000;  // then they are removed
inline constexpr size_t kAttachmentNameCodePoints = 120;
inline constexpr int kAttachmentPurgeGroup = 16;         // removed in one job: 160 MB at worst
inline constexpr seconds kUploadDeadline{300};           // 10 MiB at 280 kbit/s
inline constexpr int kUploadsPerUser = 4;
inline constexpr int kUploads = 16;                      // of all: each may hold its body, 160 MiB
inline constexpr int kBodyReaders = 2;                   // threads: a file of 10 MiB takes 20 ms, and a small server has two cores
inline constexpr size_t kPromptMediaBytes = 20 << 20;    // of pictures and documents in one request; older ones are named only
inline constexpr int kPromptMedia = 20;                  // Anthropic takes 100, others fewer
inline constexpr size_t kPromptFileTextBytes = 4 << 20;  // of texts in one request, half of a path's; older ones are named only
inline constexpr int64_t kImageTokens = 1'600;           // of a picture, the most that most models count
inline constexpr int64_t kPdfTokensMin = 2'000;          // of a document: a page, and
inline constexpr int64_t kPdfBytesPerToken = 50;         // about 2,000 tokens for each 100 KB

// --- speech ---
inline constexpr size_t kSpeechBytes = 10 << 20;         // forty minutes of Opus, ten of AAC; OpenAI takes 25 MB
inline constexpr size_t kTranscriptBytes = 64 * 1024;    // of what was said; a person says 10 KB in ten minutes

// --- conversations ---
inline constexpr size_t kConversationBodyBytes = 256 * 1024;  // the longest draft, with every character escaped
inline constexpr int kConversationPage = 50;             // of a list, when nothing is said
inline constexpr int kConversationPageMax = 100;
inline constexpr int kConversationsPerUser = 50'000;     // beyond: 409; fifty a day for three years
inline constexpr size_t kTitleCodePoints = 200;
inline constexpr size_t kDraftCodePoints = 20'000;       // twice a message, so that nobody loses what is too long to send
inline constexpr size_t kSettingsBodyBytes = 2 << 20;    // a hundred prompts of the longest, in any script
inline constexpr size_t kPromptsPerUser = 100;           // a list to look through; the app's own limit
inline constexpr size_t kPromptNameCodePoints = 60;      // one line of that list
inline constexpr size_t kPromptIdBytes = 64;             // a UUID, or what a program has for one
inline constexpr int kSettingsMergeAttempts = 5;          // of an import, while other devices write
inline constexpr int64_t kSettingsRevisionMax = INT64_C(1) << 53;  // numbers that every client can hold
inline constexpr size_t kNameBytes = 256;                // a provider's id or a model's name in a conversation
inline constexpr int kPathMessages = 20'000;             // from a root to a leaf; also what ends a circle that cannot be
inline constexpr size_t kPathBytes = 8 << 20;            // text of a path in memory: above every model's context
inline constexpr int kMessagePage = 500;                 // messages read in one job
inline constexpr size_t kMessagePageBytes = 1 << 20;
inline constexpr int kChangesMax = 500;                  // conversations in one answer; more: the client loads its list anew
inline constexpr size_t kListenersPerUser = 64;          // windows of a user that wait for changes
inline constexpr size_t kListeners = 8192;               // of all; each has a connection anyway
inline constexpr seconds kChangesWaitMax{55};            // long poll: below the usual 60 s of proxies
inline constexpr seconds kChangesPing{20};               // proxies close what is silent for 30 to 60 s
inline constexpr milliseconds kSearchTime{200};          // a search ends with what it has; 250 ms is the promise
inline constexpr int kSearchLooks = 2000;                // texts looked at for one page, about 10 ms; the next page goes on
inline constexpr int kSearchGuesses = 300;               // of these, those that a few rare words leave: 1.5 ms, then all words are asked for
inline constexpr int kSearchProbe = 16;                  // newest texts with a word, by which is guessed how rare it is
inline constexpr size_t kSearchCodePoints = 200;
inline constexpr size_t kSearchTerms = 16;
inline constexpr int kSearchPage = 20;
inline constexpr int kSearchTitles = 10;                 // on top of the first page
inline constexpr size_t kSnippetBefore = 40;             // characters before the first match
inline constexpr size_t kSnippetCodePoints = 200;
inline constexpr int kIndexGroup = 16;                   // messages indexed in one job: about 5 ms of the writer
inline constexpr int kPurgeGroup = 1;                    // conversations removed for good in one job: each may be long
inline constexpr milliseconds kIndexPause{20};           // between two looks at a writer that is busy
inline constexpr int64_t kRemovalMessages = 16;          // of a deleted user in one job: about 5 ms of the writer ...
inline constexpr int64_t kRemovalBytes = 128 * 1024;     // ... also when they are long
inline constexpr seconds kPurgeEvery{3600};
inline constexpr int kUndoDays = 30;                     // a deleted conversation can be restored for so long

// --- usage of users without limits (chat/usage_tally) ---
inline constexpr milliseconds kUsageFlushEvery{250};     // what a crash may lose of it
inline constexpr seconds kUsageRetryPause{5};            // after a write that failed (a full disk)
inline constexpr size_t kUsageWaiting = 4096;            // sums by user, day and model in memory, 1 MB; beyond: written one by one
inline constexpr seconds kPlanKnown{1};                  // commands on the terminal change plans without telling
inline constexpr size_t kPlansKnown = 10'000;            // users, 1 MB; beyond: all are forgotten

// --- turns: answers that outlive their request ---
inline constexpr size_t kAnswerBytes = 8 << 20;          // text and reasoning of one answer; the longest models give is a tenth of it
inline constexpr size_t kUnwrittenBytes = 256 * 1024;    // of one answer, not journalled yet; beyond: its provider is not read
inline constexpr seconds kJournalPatience{30};           // for the journal to take bytes again; then the turn ends
inline constexpr milliseconds kJournalPaceFew{5};        // from one round to the next while few answers run
inline constexpr milliseconds kJournalPaceMany{30};      // and while many do: one transaction for all of them
inline constexpr size_t kJournalFew = 32;                // turns with news in a round that still count as few
inline constexpr seconds kJournalTrim{5};                // rows of ended turns are removed so often
inline constexpr int64_t kJournalRowsBehind = 500'000;   // a turn that keeps more rows of others is written anew at the end
inline constexpr size_t kReadPieceBytes = 16 * 1024;     // what a reader takes of an answer at a time
inline constexpr int kTurnsPerUser = 16;                 // running; a person with several tabs and devices
inline constexpr int kTurnsPerLocalUser = 8192;          // the one user of an open server on this machine
inline constexpr int kTurnsRunning = 8192;
inline constexpr size_t kEndedLogsKept = 256;            // ended answers that stay in memory for their readers ...
inline constexpr seconds kEndedLogLife{60};              // ... and for how long
inline constexpr size_t kEndedLogBytes = 32 << 20;       // ... and how much of them
inline constexpr std::chrono::minutes kEndPatience{10};  // for the database to take the end of a turn
inline constexpr int kTurnsListed = 10'000;              // of one conversation

// --- prompts ---
inline constexpr int64_t kContextTokensUnknown = 32'768; // of a model that nobody knows: what most take by now
inline constexpr int64_t kAnswerTokensKept = 8'192;      // of the context, when nobody said how long the answer may be
inline constexpr int64_t kAnswerTokensReserved = 4'096;  // of the quota, then
inline constexpr seconds kTitlePatience{20};             // for the model to name a conversation; then its first words stay
inline constexpr seconds kSummaryPatience{90};           // for the model to sum up; then older messages are left out
inline constexpr size_t kAutoTitleCodePoints = 60;       // of a title that we make; people may write longer ones
inline constexpr size_t kTitleSourceBytes = 2'000;       // of the question and of the answer that a title is made from
inline constexpr size_t kSummaryBytes = 32 * 1024;       // of a summary that is kept

// --- plans and usage ---
inline constexpr int kPlans = 100;
inline constexpr int kUsageDays = 366;
inline constexpr int kUsageRows = 20'000;                // in one answer
inline constexpr int kMetricRows = 3'000;                // of the metrics' history; a week of five minutes has 2,016
inline constexpr seconds kActiveFor{5 * 60};             // a session that was used so recently counts as active
inline constexpr seconds kMetricsEvery{3};               // from one event to the next for who watches the metrics
inline constexpr milliseconds kMetricsLook{500};         // so soon such a stream notices that the server ends
inline constexpr int kMetricsReaders = 20;               // windows in which one administrator watches them
inline constexpr int64_t kQuotaMax = 1'000'000'000'000'000;  // of any kind; sums of such stay far from 2^63

// --- accounts ---
inline constexpr int kSessionsPerUser = 20;              // the oldest goes when another one is opened
inline constexpr int kTokensPerUser = 50;
inline constexpr size_t kUserNameCodePoints = 64;
inline constexpr size_t kPasswordBytesMin = 8;           // as typed; ASVS 6.2.1
inline constexpr size_t kPasswordBytesMax = 256;         // more than anybody types; hashing a longer one costs time only
inline constexpr size_t kCredentialBytes = 512;          // a cookie's value or bearer token worth looking up
inline constexpr size_t kUserAgentBytes = 200;           // of a session, to recognise it by
inline constexpr size_t kSessionCacheEntries = 8192;     // identities in memory, about 300 bytes each
inline constexpr int kHashSlotsMax = 4;                  // password hashes at once, 19 MiB each
inline constexpr size_t kHashQueue = 16;                 // waiting for a slot; beyond: 503
inline constexpr seconds kHashWait{2};                   // the longest wait for a slot
inline constexpr int kLoginFailuresFree = 5;             // per account, before each try has to wait
inline constexpr seconds kLoginBackoffMin{30};
inline constexpr seconds kLoginBackoffMax{15 * 60};
inline constexpr seconds kLoginFailuresForgotten{60 * 60};
inline constexpr size_t kLoginAccounts = 10'000;         // account names whose failures are remembered
inline constexpr int kLoginsPerAddress = 20;             // a minute
inline constexpr int kLoginsInAll = 200;                 // a minute
inline constexpr int kFailuresAudited = 10;              // failed logins written to the audit a minute; others are in the log
inline constexpr int kRecoveryCodes = 10;
inline constexpr int kAdminPage = 50;                    // users or audit entries in one answer
inline constexpr seconds kInviteLife{72 * 60 * 60};
inline constexpr int kInviteHoursMax = 24 * 30;
inline constexpr int kTokenDaysMax = 3660;
inline constexpr size_t kProviderKeyBytes = 512;
inline constexpr size_t kRunningWork = 65'536;           // requests and answers that sessions have running
inline constexpr milliseconds kAccountsWatch{500};       // how often changes by another process are looked for
inline constexpr int64_t kAuditKeptMs = 180LL * 24 * 3600 * 1000;

}  // namespace whinchat::limits
