/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return "ok";
    case STATUS_AGAIN:
        return "again";
    case STATUS_BAD:
        return "bad";
    case STATUS_DENIED:
        return "denied";
    case STATUS_EXISTS:
        return "exists";
    case STATUS_FULL:
        return "full";
    case STATUS_IO:
        return "io";
    case STATUS_NOT_FOUND:
        return "not-found";
    case STATUS_CLOSED:
        return "closed";
    case STATUS_TIMEOUT:
        return "timeout";
    }
    return "unknown";
}
