/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PLACE_H
#define THAW_AGENT_PLACE_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where a container runs, as its environment says, and how the place tells it
 * what port to serve.  Pure.
 */
enum place_kind {
    PLACE_CONTAINER, /* Anywhere. */
    PLACE_CLOUD_RUN, /* Services, and Cloud Run functions. */
    PLACE_KNATIVE,
    PLACE_OPENFAAS,
    PLACE_AZURE, /* A custom handler of Azure Functions. */
};

/* Empty texts are not known. */
struct place {
    enum place_kind kind;
    struct slice provider; /* cloud.provider */
    struct slice platform; /* cloud.platform */
    struct slice name;
    struct slice version;
    struct slice region;
    struct slice account;
    struct slice instance;
    const char *port_variable; /* Through which the program learns its port. */
    uint16_t port;             /* That it is to serve. */
};

/* environment: NAME=value strings, then NULL. */
void place_find(struct place *place, const char *const *environment);

#endif
