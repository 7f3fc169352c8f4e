/* SPDX-License-Identifier: Apache-2.0 */
#include "model/span_names.h"

struct slice span_name_of_kind(enum span_kind kind)
{
    switch (kind) {
    case SPAN_SERVER:
        return SLICE("server");
    case SPAN_CLIENT:
        return SLICE("client");
    case SPAN_PRODUCER:
        return SLICE("producer");
    case SPAN_CONSUMER:
        return SLICE("consumer");
    case SPAN_UNSPECIFIED:
    case SPAN_INTERNAL:
        break;
    }
    return SLICE("internal");
}

struct slice span_name_of_status(enum span_status status)
{
    switch (status) {
    case SPAN_STATUS_OK:
        return SLICE("ok");
    case SPAN_STATUS_ERROR:
        return SLICE("error");
    case SPAN_STATUS_UNSET:
        break;
    }
    return SLICE("unset");
}
