/* SPDX-License-Identifier: Apache-2.0 */
#include "search/search_id.h"

#include "base/hex.h"
#include "base/uuid.h"
#include "base/xray.h"

#include <string.h>

bool search_id_parse(struct slice text, struct id16 *id)
{
    static const struct id16 zero;
    struct uuid uuid;
    struct id16 parsed;
    if (text.size == UUID_TEXT_SIZE && uuid_parse(text, &uuid)) {
        memcpy(parsed.bytes, uuid.bytes, sizeof(parsed.bytes));
    } else if (!hex_decode(text, parsed.bytes, sizeof(parsed.bytes)) &&
               !xray_root_parse(text, parsed.bytes)) {
        return false;
    }
    if (memcmp(&parsed, &zero, sizeof(zero)) == 0) {
        return false;
    }
    *id = parsed;
    return true;
}
