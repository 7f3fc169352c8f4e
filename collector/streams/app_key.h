/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_APP_KEY_H
#define THAW_STREAMS_APP_KEY_H

#include "base/slice.h"

/* What the members of a line's object are called, by the libraries of all runtimes. */
enum app_key {
    APP_TIME,
    APP_LEVEL,
    APP_MESSAGE,
    APP_REQUEST,
    APP_TRACE,
    APP_XRAY, /* A trace id of X-Ray, by its own name. */
    APP_SPAN,
    APP_ERROR_TYPE,
    APP_ERROR_MESSAGE,
    APP_ERROR, /* An object about an error. */
    APP_STACK,
    APP_LOG,    /* An object with the level in it. */
    APP_NAME,   /* Of a logger, or, in an error, of its class. */
    APP_TYPE,   /* Of the platform's events, or, in an error, of its class. */
    APP_RECORD, /* Of the platform's events. */
    APP_AWS,    /* What makes an object an embedded metric. */
    APP_KEY_COUNT,
};

/*
 * What a member is, and how well its name says so: the highest of several counts, at equal ones
 * the first.  0 for a name that nobody uses (and *key is then any).
 */
unsigned app_key_find(struct slice name, enum app_key *key);

#endif
