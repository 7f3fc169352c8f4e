/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_HOST_H
#define THAW_HTTP_HOST_H

#include "base/slice.h"

#include <stdbool.h>

/*
 * Which names a collector that only this machine can reach answers to.  A web page may make its own
 * name mean 127.0.0.1 once it is loaded (DNS rebinding); its browser then lets it read what is
 * there, and only the Host header tells.  Pure.
 */

/* Without its port: "[::1]:80" is "[::1]". */
struct slice host_name(struct slice host);

/* The host of an URL, as host_name() gives it; empty where there is none. */
struct slice host_of_url(struct slice url);

/* Whether a Host header names this machine as no page can: an address, localhost, or own, the name
 * by which people reach it (as host_of_url() gives it; empty for none). */
bool host_allowed(struct slice host, struct slice own);

#endif
