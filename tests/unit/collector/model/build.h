/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_MODEL_BUILD_H
#define THAW_TESTS_MODEL_BUILD_H

#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Batches for tests, in few words:
 *
 *     struct build *build = build_create(SIGNAL_LOGS);
 *     build_agent(build, "stock", "i1", 7);         a resource, and the agent's scope
 *     build_event(build, "faas.invocation", 1);     a record with thaw.seq 1 ...
 *     build_request(build, 0x11, 1);                ... of request 0x11, first attempt
 *     build_int(build, "thaw.billed_ms", 12);       ... with an attribute
 *     view_apply(view, &frame, build_batch(build));
 *     build_free(build);
 *
 * Ids are made from small numbers: build_id(0x11) is 16 bytes that end in 0x11.
 */
struct build;

struct build *build_create(enum signal signal);
void build_free(struct build *build);

/* What was built; valid until build_free(). */
const struct batch *build_batch(struct build *build);

struct id16 build_id(uint64_t number);
struct id8 build_id8(uint64_t number);

/* The resource of the records that follow.  Epoch 0 is a sender without an agent. */
void build_agent(struct build *build, const char *function, const char *instance, uint64_t epoch);
/* The same, with records of the function's SDK in a block of this number. */
void build_sdk(struct build *build, const char *function, const char *instance, uint64_t epoch,
               uint64_t block);
/* What log streams tell: no epoch, no numbers, scope thaw.logs. */
void build_logs(struct build *build, const char *function, const char *instance);
/* Whose account and region nobody told. */
void build_logs_unknown(struct build *build, const char *function, const char *instance);
/* An export without the names of streams. */
void build_logs_pool(struct build *build, const char *function);
/* A service without any agent, instance or function. */
void build_service(struct build *build, const char *service);
/* The version of that function, which is $LATEST otherwise. */
void build_version(struct build *build, const char *version);
/* An attribute of that resource, before its first record. */
void build_resource_text(struct build *build, const char *key, const char *value);
void build_resource_bool(struct build *build, const char *key, bool value);
void build_resource_int(struct build *build, const char *key, int64_t value);

/* A log record that is an event, or a line. */
void build_event(struct build *build, const char *name, uint64_t seq);
void build_line(struct build *build, const char *text, uint64_t seq, int64_t time_ns);

/* A span. */
void build_span(struct build *build, const char *name, enum span_kind kind, uint64_t trace,
                uint64_t id, uint64_t parent);
void build_span_time(struct build *build, int64_t start_ns, int64_t end_ns);
void build_span_flags(struct build *build, uint32_t flags);
void build_span_error(struct build *build);
void build_link(struct build *build, uint64_t trace, uint64_t span, const char *message);

/* Of the latest record: */
void build_seq(struct build *build, uint64_t seq);
void build_time(struct build *build, int64_t time_ns);
void build_trace(struct build *build, uint64_t trace, uint64_t span);
void build_request(struct build *build, uint64_t request, uint32_t attempt);
void build_text(struct build *build, const char *key, const char *value);
void build_int(struct build *build, const char *key, int64_t value);
void build_bool(struct build *build, const char *key, bool value);

/* A round moment for tests, in ns since 1970, and a millisecond. */
#define BUILD_T0 INT64_C(1800000000000000000)
#define BUILD_MS INT64_C(1000000)

#endif
