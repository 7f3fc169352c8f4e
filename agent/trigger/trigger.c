/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/trigger.h"

#include "base/ensure.h"

enum faas { FAAS_NONE, FAAS_OTHER, FAAS_HTTP, FAAS_PUBSUB, FAAS_DATASOURCE, FAAS_TIMER };

static const struct {
    struct slice name;
    struct slice system;
    enum faas faas;
    enum trigger_waits waits;
} kinds[TRIGGER_KINDS] = {
#define TRIGGER(identifier, name, faas, waits, system)                                             \
    [TRIGGER_##                                                                                    \
        identifier] = {SLICE_INIT(name), SLICE_INIT(system), FAAS_##faas, TRIGGER_WAITS_##waits},
#include "proto/triggers.def"
#undef TRIGGER
};

struct slice trigger_name(enum trigger_kind kind)
{
    ENSURE(kind < TRIGGER_KINDS);
    return kinds[kind].name;
}

struct slice trigger_faas(enum trigger_kind kind)
{
    static const struct slice names[] = {
        [FAAS_NONE] = SLICE_INIT(""),       [FAAS_OTHER] = SLICE_INIT("other"),
        [FAAS_HTTP] = SLICE_INIT("http"),   [FAAS_PUBSUB] = SLICE_INIT("pubsub"),
        [FAAS_TIMER] = SLICE_INIT("timer"), [FAAS_DATASOURCE] = SLICE_INIT("datasource"),
    };
    ENSURE(kind < TRIGGER_KINDS);
    return names[kinds[kind].faas];
}

struct slice trigger_system(enum trigger_kind kind)
{
    ENSURE(kind < TRIGGER_KINDS);
    return kinds[kind].system;
}

enum trigger_waits trigger_waits(enum trigger_kind kind)
{
    ENSURE(kind < TRIGGER_KINDS);
    return kinds[kind].waits;
}
