/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/triggers.h"

#include <stddef.h>

enum triggers_waits triggers_caller_waits(struct slice name)
{
    static const struct {
        struct slice name;
        enum triggers_waits waits;
    } rows[] = {
#define TRIGGER(identifier, name, faas, waits, system) {SLICE_INIT(name), TRIGGERS_WAITS_##waits},
#include "proto/triggers.def"
#undef TRIGGER
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (slice_equal(rows[i].name, name)) {
            return rows[i].waits;
        }
    }
    /* What other clouds' logs tell is faas.trigger's word. */
    if (slice_equal(name, SLICE("http"))) {
        return TRIGGERS_WAITS_YES;
    }
    return slice_equal(name, SLICE("pubsub")) || slice_equal(name, SLICE("timer")) ||
                   slice_equal(name, SLICE("datasource"))
               ? TRIGGERS_WAITS_NO
               : TRIGGERS_WAITS_UNKNOWN;
}
