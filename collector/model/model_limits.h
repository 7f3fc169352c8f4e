/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_MODEL_LIMITS_H
#define THAW_COLLECTOR_MODEL_MODEL_LIMITS_H

#include <stdint.h>

/*
 * The limits of model/ and their reasons.  What is over a limit is refused and counted by reason
 * (struct view_stats); the frames keep it, so that a read by id still shows it.
 */

/* Versions of functions.  An account may have some thousand functions; a collector may serve many.
 */
#define FUNCTION_COUNT_MAX 16384

/* Instances remembered.  About 1 KiB each with their numbers. */
#define INSTANCE_COUNT_MAX 65536

/* Invocations remembered for lists, 576 bytes each and some 60 in maps and lists: 40 MB.  When this
 * table or that of ids, edges or links is nearly full, the oldest quarter of all is forgotten, as
 * retention would; what is older is answered from the store (query/cold.h, sweep_store.c). */
#define INVOCATION_COUNT_MAX 65536

/* Of them, those of one instance that are in its list by start: more than one that takes ten a
 * second does in three hours.  Who tells them in no order makes each one move the others. */
#define INSTANCE_INVOCATION_COUNT_MAX 131072

/* Ids remembered: an invocation has two or three, and senders without an agent have their own.  104
 * bytes each and up to 43 in their map. */
#define ID_COUNT_MAX 262144

/* Pairs of a request id and another id, 20 bytes each. */
#define EDGE_COUNT_MAX 262144

/* Links of messages and spans, 88 bytes each and up to 43 in their map. */
#define LINK_COUNT_MAX 131072

/* Texts that repeat: names, versions, error types.  Beyond it new ones show as "(other)". */
#define TEXT_COUNT_MAX 131072

/* What is near a timeout: more than this part of it was used. */
#define NEAR_TIMEOUT_PERCENT 90

/* Bytes of such a text that are kept. */
#define TEXT_SIZE_MAX 512

/* Bytes of an X-Ray header that are kept with an invocation (AWS sends at most 256). */
#define XRAY_KEPT_SIZE_MAX 1024

/* Inits of one instance: an environment that fails is re-initialised each time, without end. */
#define INIT_COUNT_MAX 64

/* Agent processes of one instance: one more after each re-initialisation.  Older ones are closed.
 */
#define EPOCH_COUNT_MAX 64

/* Numbers above a watermark that are told apart.  An agent keeps fewer records than this. */
#define SEQ_WINDOW 4096

/* Spans of one instance that wait for the window of their invocation. */
#define PENDING_COUNT_MAX 256

/* Failures of one instance that wait for the same: each is settled by the next END or REPORT. */
#define FAILURE_COUNT_MAX 64

/* Of the spans, those of one trace: any one that finds its window is enough. */
#define PENDING_ID_COUNT_MAX 16

/* Lines of one stream that wait for the window of their invocation: those that came in a delivery
 * without its START.  Lines that nobody writes an invocation around yield. */
#define LINE_WAIT_COUNT_MAX 256

/* Lines that say the same in the same millisecond and that CloudWatch's ids tell apart. */
#define LINE_SAME_COUNT_MAX 64

/* Ids of one request id: an SDK that starts a new trace for each operation makes many. */
#define ALIAS_COUNT_MAX 256

/* Attempts of one request id in one instance that may be told; retries are few. */
#define ATTEMPT_MAX 100000

/* Rollups over all functions, 360 bytes each: a hundred functions that are busy all day have theirs
 * by minute for two days, then by hour for three months, then by day.  And entries of their
 * distributions, 8 bytes each and up to twice that. */
#define ROLLUP_COUNT_MAX       524288
#define ROLLUP_ENTRY_COUNT_MAX UINT64_C(4194304)

/* For so long at least counts stay by minute: alerts look at the last minutes, which an hour's
 * count would hide. */
#define ROLLUP_MINUTES_NS INT64_C(7200000000000)

/* What lies so long before the hour of a function's latest count is settled: its reports have come,
 * and rules that look back for an hour begin behind it. */
#define ROLLUP_SETTLED_NS INT64_C(7200000000000)

/* Marks of invocations that were forgotten for want of room and whose counts stay, by which they
 * are recognised when they come again, twice so many: two for one that an agent told, one for one
 * of a stream; as above 8 bytes each, 43 MiB in all, and only as they are needed. */
#define LEFT_COUNT_MAX 2097152

/* Rows of one block of a sorted table (sorted.h): a new one moves half of them at most, and a
 * million rows are some thousand blocks, whose list is moved when one is halved. */
#define SORTED_BLOCK_COUNT 256

/* A span or a log line belongs to an invocation if it lies in its window with this slack: the
 * platform's times have milliseconds, a runtime's have more digits. */
#define WINDOW_SLACK_NS INT64_C(2000000)

/* A stream and an agent, or two pieces of a stream, tell of the same init when their times are this
 * close: an environment has one init of its own, so a second is no risk; of those inside of
 * invocations a function that crashes each time has one after the other. */
#define INIT_SLACK_NS        INT64_C(1000000000)
#define INIT_INSIDE_SLACK_NS INT64_C(10000000)

/* Records of the same request id in the same instance are of the same attempt when both tell their
 * START and these are this close; a retry comes a minute later, at the earliest after the end. */
#define ATTEMPT_SLACK_NS INT64_C(100000000)

/* The same where one lacks its START: its start is concluded from REPORT and Duration. */
#define ATTEMPT_LOOSE_SLACK_NS INT64_C(2000000000)

/* What has no START may have begun so much later than an open one's START tells: an init inside of
 * an invocation lasts at most ten seconds and is no part of Duration. */
#define ATTEMPT_INIT_NS INT64_C(12000000000)

/* Rows of one request id that streams may tell, and that are looked through for an attempt; retries
 * are few. */
#define ATTEMPT_LOOK_COUNT 512

/* Attempts of one request that are looked at anew because another one has come: a platform tries
 * three times, and who gives one id to everything must not make each event cost all of them. */
#define ATTEMPT_OTHERS_COUNT 16

/* What lines of streams are recognised by when they come again, twice: the newest so many and what
 * is left of so many before them; one for a line, three for one with CloudWatch's id.  8 bytes each
 * in tables of which a quarter is free: 43 MiB.  A delivery is repeated within minutes; an import
 * is repeated whole. */
#define REPEAT_COUNT_MAX 2097152

/* No sign of an instance for so long: it has ended without saying so. */
#define INSTANCE_SILENT_NS INT64_C(7200000000000)

/* An init that ended longer than this before its first invocation was not waited for. */
#define PROACTIVE_GAP_NS INT64_C(10000000000)

/* Of what is known in part: an invocation that begins this soon after an init is the one that it
 * was for.  An environment serves within milliseconds of its init. */
#define PARTIAL_INIT_GAP_NS INT64_C(1000000000)

/* How long after its deadline an invocation may still tell its end: agents flush late, and retry.
 */
#define END_GRACE_NS INT64_C(60000000000)

/* The longest that an invocation may last where its deadline is unknown: 15 minutes. */
#define INVOCATION_NS_MAX INT64_C(900000000000)

/* A duration beyond this is no duration of a function: one day.  With the next one it also keeps
 * the sum of all megabyte-milliseconds that can be remembered within 64 bits. */
#define DURATION_NS_MAX INT64_C(86400000000000)

/* Memory beyond this is no size of a function: 128 GiB in MB. */
#define MEMORY_MB_MAX INT64_C(131072)

/* An instance that has said that records wait in it, and was not heard of for so long, is taken to
 * be frozen with them: one that runs tells of itself every five seconds. */
#define WAITING_AFTER_NS INT64_C(10000000000)

/* What an agent may say that it sent during one invocation, or occupies: far beyond what fits. */
#define AGENT_BYTES_MAX INT64_C(1099511627776)

/* What one invocation may answer: a terabyte, where a stream of a quarter of an hour has some
 * hundred gigabytes at most. */
#define PRODUCED_BYTES_MAX INT64_C(1099511627776)

/* Lines, or places in lines, that an agent counts for one invocation: more than it can write in the
 * platform's quarter of an hour. */
#define LINES_MAX INT64_C(1000000000)

/* Times before 2014, when there were no functions, or this far after their arrival are refused. */
#define TIME_NS_MIN       INT64_C(1388534400000000000)
#define TIME_AHEAD_NS_MAX INT64_C(86400000000000)

/* What one look-up gathers at most; beyond it the answer says that it is cut. */
#define MEMBER_INVOCATION_COUNT_MAX 20000
#define MEMBER_ID_COUNT_MAX         65536
#define MEMBER_LINK_COUNT_MAX       20000

/* How far messages are followed from function to function. */
#define MEMBER_DEPTH_MAX 16

#endif
