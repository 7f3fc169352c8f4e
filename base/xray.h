/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_XRAY_H
#define THAW_BASE_XRAY_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "base/traceparent.h"

#include <stdbool.h>

/*
 * The X-Ray trace header, X-Amzn-Trace-Id and AWSTraceHeader.  Pure.
 *
 *     Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=...
 *
 * Fields are separated by semicolons and come in any order; unknown ones are
 * kept.  The header may have been written by anybody: treat it as such.
 */
enum xray_sampled {
    XRAY_SAMPLED_UNSAID, /* There is no such field. */
    XRAY_SAMPLED_NO,
    XRAY_SAMPLED_YES,
    XRAY_SAMPLED_ASKED, /* Sampled=?: the receiver decides and tells. */
};

struct xray {
    unsigned char root[16];  /* The trace id, as W3C would write it; zero without has_root. */
    unsigned char parent[8]; /* Zero without has_parent. */
    bool has_root;
    bool has_parent;
    enum xray_sampled sampled;
    struct slice self;    /* "1-..." as a load balancer adds it, or empty.  Not checked. */
    struct slice lineage; /* Empty if there is none. */
    struct slice text;    /* The whole header: where unknown fields are kept.  May be empty. */
};

#define XRAY_ROOT_TEXT_SIZE 35 /* 1-8-24, without a NUL. */

/*
 * Parse the header.  False if a known field is malformed or given twice, if
 * neither Root nor Self is there, or if it exceeds a limit of base_limits.h.
 * The slices point into text.
 */
bool xray_parse(struct slice text, struct xray *header) THAW_CHECK;

/* Append Root, Parent and Sampled as far as they are there, then Self and Lineage and the unknown
 * fields in their order. */
void xray_format(const struct xray *header, struct buf *out);

/* The trace id of a Root value (1-8-24), and its text with a NUL. */
bool xray_root_parse(struct slice text, unsigned char root[16]) THAW_CHECK;
void xray_root_format(const unsigned char root[16], char text[XRAY_ROOT_TEXT_SIZE + 1]);

/* The same context for W3C: false unless Root and Parent are both there and not zero. */
bool xray_to_traceparent(const struct xray *header, struct traceparent *context) THAW_CHECK;

/* The header for a W3C context: Root, Parent, Sampled=0 or 1 and nothing else. */
void xray_from_traceparent(const struct traceparent *context, struct xray *header);

#endif
