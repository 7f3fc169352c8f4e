/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_LIMITS_H
#define THAW_STREAMS_MERGE_LIMITS_H

/*
 * The limits of the merger and their reasons.
 */

/* Text that is sorted at a time: 10,000 rows, which is what Logs Insights gives, of 1.6 kB. */
#define MERGE_WINDOW_SIZE (16u << 20)

/* Events in it. */
#define MERGE_WINDOW_COUNT 131072u

/* As long as every stream is in order, the window is emptied at this size already: what was written
 * is then read while the processor still has it. */
#define MERGE_WINDOW_ORDERED_SIZE (1u << 20)

/* One message: an event of CloudWatch has 1 MiB at most. */
#define MERGE_MESSAGE_SIZE_MAX (4u << 20)

/* CloudWatch's event ids have 56 digits. */
#define MERGE_EVENT_ID_SIZE_MAX 128u

/* Names of groups and streams: 512 characters at AWS. */
#define MERGE_NAME_SIZE_MAX 512u

/* Streams whose state is kept: a function of 1,000 instances has that many at a time, and an
 * account-wide export some ten thousand; each takes about a kilobyte. */
#define MERGE_STREAMS_MAX 65536u

/* Slots of the numbers of streams, of which three in four are used: 16 bytes each. */
#define MERGE_NUMBERS_SLOTS_MAX (1u << 20)

/* Invocations that wait for their REPORT, over all streams. */
#define MERGE_OPEN_MAX 65536u

/* ...and of one stream that has one invocation at a time: all but the latest are lost, but their
 * REPORT may be late. */
#define MERGE_STREAM_OPEN_MAX 8u

/* Places for streams that are found by their names as they came, without taking these apart: a
 * power of two, and some times as many as the streams of a large export. */
#define MERGE_RECENT_COUNT 16384u

/* An invocation lasts 15 minutes at most; this long after its START nothing more is expected. */
#define MERGE_OPEN_NS_MAX INT64_C(960000000000)

/* Containers that cut their times have whole ones. */
#define MERGE_SECOND_NS INT64_C(1000000000)

/* Lines of one millisecond of one stream that are looked at together. */
#define MERGE_GROUP_MAX 256u

/* How many events ahead of the one that is read the processor is told to fetch: those of one stream
 * lie between those of others. */
#define MERGE_AHEAD 3u

/* Messages glued together in one event. */
#define MERGE_PIECES_MAX 64u

/* Text of one stream that is kept for the next window because its place is not known yet. */
#define MERGE_HELD_SIZE_MAX (64u << 10)

/* Inits of one stream that wait for the REPORT of the invocation that waited for them: one, and
 * several where the export has no stream names. */
#define MERGE_INITS_MAX 8u

/* Slots of a generation of remembered invocations (three for each), and of event ids. */
#define MERGE_SEEN_SLOTS_MAX (1u << 21)
#define MERGE_IDS_SLOTS_MAX  (1u << 17)

/* Slots that are tried before the oldest of them is given up: keys are hashes, so only somebody who
 * makes them collide on purpose gets there. */
#define MERGE_SEEN_PROBES_MAX 64u

/* Text of facts: request ids that are no UUIDs, error types, names of runtimes. */
#define MERGE_TEXT_MAX 96u

/* Text with escapes of the embedded metrics in one line. */
#define MERGE_METRIC_TEXT_SIZE (64u << 10)

/* An init that ended longer than this before START was not waited for (the view's rule, too). */
#define MERGE_PROACTIVE_NS INT64_C(10000000000)

/* An init takes 10 seconds at most before it is begun again inside of the invocation. */
#define MERGE_INIT_NS_MAX INT64_C(10000000000)

/* START follows the report of an init inside of its invocation in the same millisecond. */
#define MERGE_SUPPRESSED_NS INT64_C(50000000)

/* Without names of streams: an init is of the invocation that begins this soon after its end. */
#define MERGE_FIT_NS INT64_C(1000000000)

/* How far the platform's times of one moment differ: they are cut to milliseconds, and START is
 * written a little after what it stands for. */
#define MERGE_SLACK_NS INT64_C(5000000)

#endif
