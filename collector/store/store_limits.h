/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_LIMITS_H
#define THAW_STORE_LIMITS_H

#include <stdint.h>

/*
 * The limits of store/ and their reasons.
 */

/* Bytes of one body, inflated: what ingest accepts (ingest_limits.h) and a little for transcoding.
 * It bounds what reading a frame back may allocate. */
#define STORE_BODY_SIZE_MAX (UINT64_C(64) << 20)

/* Offsets inside of a log are 32 bits, and a frame of the largest body begins below this. */
#define STORE_SEGMENT_SIZE_MAX (UINT64_C(2) << 30)

/* The smallest sensible rotation: below it the directory holds more names than data. */
#define STORE_SEGMENT_SIZE_MIN (UINT64_C(4) << 10)

/* Frames that one fdatasync covers: bounds the time that the first of a group waits. */
#define STORE_GROUP_SIZE_MAX (UINT64_C(8) << 20)

/* How long more frames are waited for at most where several senders are at work: a sync takes as
 * long, and where it takes longer, frames come together without. */
#define STORE_GROUP_NS_MAX (UINT64_C(1000) * 1000)

/* Bodies that are recognised when they come again, and for how long: the retries of a sender end
 * within minutes; 2^18 bodies are 290 requests a second for that time, in 15 MB. */
#define STORE_DEDUPE_COUNT_MAX (UINT32_C(1) << 18)
#define STORE_DEDUPE_NS_MAX    (UINT64_C(15) * 60 * 1000000000)

/* Ids that one frame is found by.  A body of 64 MiB holds 1.5 million spans of as many traces; an
 * entry costs 32 bytes until its segment is closed. */
#define STORE_INDEX_ENTRIES_MAX (UINT32_C(1) << 26)

/* Dictionaries of sealed segments that are kept in memory: one is about a megabyte, and to read it
 * again takes as long as the rest of a look-up.  So many are of some twenty million spans. */
#define CABINET_DICTIONARY_SIZE_MAX (UINT64_C(64) << 20)

/* What idle readers keep: an answer about one transaction decodes a block or two in a megabyte, and
 * there are as many readers as threads that answer. */
#define CABINET_DESK_KEEP      (UINT64_C(1) << 20)
#define CABINET_DESK_COUNT_MAX 8

/* Places that an answer keeps as they were read, because it comes back to them, and how much memory
 * they may take; what is beyond is read again. */
#define HOLD_KEPT_COUNT_MAX 64
#define HOLD_KEPT_SIZE_MAX  (UINT64_C(32) << 20)

/* Sealed segments whose ids are merged into one guide, and such guides that become one; and guides
 * that a start looks at: of 64 segments each, these are of a quarter of a million. */
#define STORE_GUIDE_FAN_IN    8
#define STORE_GUIDE_COUNT_MAX 4096

/* Records of a log: with so many it is followed by a new one.  It bounds what sealing takes (about
 * 100 bytes each) and how long a start replays. */
#define STORE_SEGMENT_RECORDS_MAX (UINT32_C(1) << 18)

/* Memory of the records of the open log, by which it will be sealed: with so much it is followed by
 * a new one.  230,000 spans of ten attributes take it, or as many lines; with half as many a record
 * takes half a percent more on the disk.  There may be three such: of the open log, of one that
 * waits, and of one that is being sealed.  One that takes more at once is read again to be sealed.
 */
#define STORE_DRAFT_SIZE_FULL (UINT64_C(24) << 20)
#define STORE_DRAFT_SIZE_MAX  (UINT64_C(96) << 20)

/* Frames of a log of which it is known together when their records happened: with fewer and smaller
 * ones a scan reads less that it does not want, and 64 MiB are 256 entries of 40 bytes. */
#define STORE_STRETCH_SIZE    (UINT32_C(256) << 10)
#define STORE_STRETCH_RECORDS UINT32_C(4096)

/* Filters of stretches of logs: one of 4096 spans takes some 20 KB, so these are of three million.
 */
#define STORE_DIGESTS_SIZE_MAX ((size_t)16 << 20)

/* Records that a search shows at most: each takes 32 bytes, and its own. */
#define STORE_SEARCH_MOST 10000

/* A log that is older is followed by a new one when something comes: retention goes by segments. */
#define STORE_SEGMENT_NS_MAX (UINT64_C(24) * 3600 * 1000000000)

/* How long a log stays when it is sealed: whoever found something in it reads it within seconds. */
#define STORE_LOG_GRACE_NS (UINT64_C(60) * 1000000000)

/* Attempts to seal a segment that ended the process: after so many it stays as it is. */
#define STORE_SEAL_ATTEMPTS_MAX 2

/* Address space to decode a body in: what was accepted was decoded in the same (http_limits.h). And
 * what of it stays touched between bodies. */
#define STORE_DECODE_SIZE (UINT64_C(768) << 20)
#define STORE_DECODE_KEEP (UINT64_C(8) << 20)

/* When sealing failed, the next attempt waits so long, and that of the same segment twice as long
 * each time, up to so many times: 17 hours. */
#define STORE_SEAL_RETRY_NS   (UINT64_C(60) * 1000000000)
#define STORE_SEAL_DOUBLE_MAX 10

/* Bytes that stay free on the disk, so that retention can delete and the catalog can commit. */
#define STORE_DISK_RESERVE (UINT64_C(64) << 20)

/* How often the observer is told that time passes, and a store that does not accept looks whether
 * it can again; and how often retention looks at age. */
#define STORE_TICK_NS   (UINT64_C(1000) * 1000000)
#define STORE_RETAIN_NS (UINT64_C(60) * 1000000000)

/* What the observer knows is saved after so many bytes of log, or so long after something came: a
 * start shows no more than that came in between.  These are 1.2 million spans, which take 1.2 s of
 * one processor; with half as much the files are twice as much of what is written. */
#define STORE_SAVE_BYTES (UINT64_C(128) << 20)
#define STORE_SAVE_NS    (UINT64_C(600) * 1000000000)

/* Where the file is large, what came must be as much as it, or this part of it after that time. */
#define STORE_SAVE_PART 64

/* Files of it that are looked at: there are two at most, unless many could not be removed. */
#define STORE_SAVED_COUNT_MAX 64

/* Recoveries that a frame may end before it is set aside. */
#define STORE_REPLAY_ATTEMPTS_MAX 2

/* Bytes of a log read at a time during recovery. */
#define STORE_SCAN_CHUNK (UINT64_C(1) << 20)

/* A path inside of the data directory. */
#define STORE_PATH_SIZE 128

/* Key and value of primary state: a key is at most what LMDB takes. */
#define STORE_KEY_SIZE_MAX   480
#define STORE_VALUE_SIZE_MAX (UINT64_C(16) << 20)

#endif
