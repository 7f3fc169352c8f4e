/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_MESSAGE_H
#define THAW_AGENT_MESSAGE_H

#include "proto/schema.h"
#include "redact/redact.h"

/*
 * Redacts the texts of a protobuf message of OTLP in place: what is found is
 * overwritten, so no length changes and nothing is encoded anew.  Names of
 * attributes count, as those of JSON members do.  Numbers stay.  Pure.
 */

/* The message must be well-formed (guard_check()).  What was found is added to counts, by
 * detector. */
void message_redact(struct redact *redact, enum schema_id root, unsigned char *bytes, size_t size,
                    uint64_t counts[REDACT_DETECTORS]);

#endif
