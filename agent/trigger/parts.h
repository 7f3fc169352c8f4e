/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TRIGGER_PARTS_H
#define THAW_AGENT_TRIGGER_PARTS_H

#include "trigger/carrier.h"
#include "trigger/trigger_read.h"

/*
 * The parts of the reader, for each other only.
 *
 *     trigger_read.c  bytes -> values of fields
 *     message.c       the fields of a message -> sources and links
 *     request.c       the fields of the event, where it is a request
 *     workflow.c      which execution of a workflow it is of
 *     conclude.c      which kind it is, and all other facts
 *     facts.c         values: what they are, when, and where they are kept
 */

/* ---- facts.c ---- */

/* A field's value, or the empty slice. */
struct slice facts_field(const struct trigger_read *reader, enum tree_field field);
bool facts_has(const struct trigger_read *reader, enum tree_field field) THAW_CHECK;

/* Whether there was such a place in the event. */
bool facts_seen(const struct trigger_read *reader, enum tree_node node) THAW_CHECK;

/* Copy a text, if it fits as a whole. */
struct slice facts_keep(char *room, size_t size, struct slice text);

/* What stands behind the last such byte, or all of it. */
struct slice facts_behind(struct slice text, unsigned char byte);

/* A time in any of the forms that the platform writes: RFC 3339, or seconds, milliseconds or
 * microseconds since 1970.  0: none. */
uint64_t facts_time(struct slice text, bool *coarse);

/* The carriers that were found, since the message began. */
void facts_contexts(const struct trigger_read *reader, struct carrier_contexts *contexts);

/* Find the source of this kind and name, or add it.  NULL: there is no room. */
struct trigger_source *facts_source(struct trigger_read *reader, enum trigger_kind kind,
                                    struct slice name, struct slice arn);

/* A message came into a source at this time; the oldest one counts. */
void facts_message(struct trigger_read *reader, struct trigger_source *source, struct slice id,
                   struct slice since, struct slice until);

void facts_link(struct trigger_read *reader, const struct trigger_context *context,
                struct slice message_id);

/* ---- message.c ---- */

void message_begin(struct trigger_read *reader);
void message_end(struct trigger_read *reader);

/* The kind that an eventSource names, or TRIGGER_UNKNOWN. */
enum trigger_kind message_kind(struct slice source) THAW_CHECK;

/* ---- request.c ---- */

/* Which kind of request the event is, or TRIGGER_UNKNOWN if it is none; and its facts. */
enum trigger_kind request_kind(const struct trigger_read *reader) THAW_CHECK;
void request_facts(struct trigger_read *reader, enum trigger_kind kind);

/* ---- workflow.c ---- */

/* The link to the execution of a workflow, whose trace id depends on its ARN alone. */
void workflow_link(struct trigger_read *reader);

/* ---- conclude.c ---- */

void conclude_all(struct trigger_read *reader, bool complete);

#endif
