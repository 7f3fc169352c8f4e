/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_check.h"

#include "proto/guard.h"

/* What unpacking takes so far, and may take; and what each message takes, as the guard has it. */
struct check {
    uint64_t size, size_max;
    uint64_t block, scope_block, resource, scope, record, pair, value;
};

/* A message, or what is left of it. */
struct part {
    const unsigned char *at;
    const unsigned char *end;
    size_t fields;
};

/* Tags of one byte: number and type.  No message of logs has a field of a number above 15. */
#define TAG_VARINT(number)  ((number) << 3 | 0)
#define TAG_FIXED64(number) ((number) << 3 | 1)
#define TAG_BYTES(number)   ((number) << 3 | 2)
#define TAG_FIXED32(number) ((number) << 3 | 5)

/* Messages around a value, with itself: the root, two blocks, a record or the like, a pair. */
enum { DEPTH_RESOURCE_VALUE = 5, DEPTH_BODY = 5, DEPTH_VALUE = 6 };

/* --- Fields. --- */

static inline bool part_left(const struct part *part)
{
    return part->at < part->end;
}

static inline unsigned part_tag(struct part *part)
{
    part->fields++;
    return *part->at++;
}

static inline bool part_skip(struct part *part, size_t size)
{
    if ((size_t)(part->end - part->at) < size) {
        return false;
    }
    part->at += size;
    return true;
}

static inline bool part_varint(struct part *part)
{
    for (unsigned i = 0; i < 10 && part->at < part->end; i++) {
        unsigned char byte = *part->at++;
        if (byte < 0x80) {
            return i < 9 || byte <= 1;
        }
    }
    return false;
}

/* The content of a field of bytes. */
static inline bool part_bytes(struct part *part, struct part *inner)
{
    uint64_t size = 0;
    for (unsigned i = 0;; i++) {
        /* Lengths are 32-bit numbers: five bytes. */
        if (i == 5 || part->at == part->end) {
            return false;
        }
        unsigned char byte = *part->at++;
        size |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            break;
        }
    }
    if (size > INT32_MAX) {
        return false;
    }
    *inner = (struct part){.at = part->at};
    if (!part_skip(part, (size_t)size)) {
        return false;
    }
    inner->end = part->at;
    return true;
}

static inline bool check_text(struct check *check, struct part *part)
{
    struct part text;
    if (!part_bytes(part, &text)) {
        return false;
    }
    size_t size = (size_t)(text.end - text.at);
    check->size += size > 0 ? size + GUARD_ALLOCATION_OVERHEAD : 0;
    return true;
}

/* At the end of a message. */
static inline bool check_end(struct check *check, const struct part *part)
{
    if (part->fields > GUARD_SLAB_FREE_COUNT) {
        check->size += part->fields * GUARD_SLAB_FIELD_SIZE;
    }
    return check->size <= check->size_max;
}

/* --- Values. --- */

/* Lists and maps are rare, and may nest: they are the guard's. */
static bool check_container(struct check *check, struct part part, unsigned depth,
                            enum schema_id root)
{
    struct guard_report report;
    if (check->size > check->size_max) {
        return false;
    }
    const struct guard_limits limits = {
        .depth_max = OTLP_MESSAGE_DEPTH_MAX - depth,
        .unpacked_size_max = check->size_max - check->size,
    };
    struct slice body = slice_of(part.at, (size_t)(part.end - part.at));
    if (guard_check(body, root, &limits, &report) != GUARD_OK) {
        return false;
    }
    check->size += report.unpacked_size;
    return true;
}

/* An AnyValue that has so many messages around it, with itself. */
static bool check_value(struct check *check, struct part part, unsigned depth)
{
    bool listed = false;
    bool mapped = false;
    struct part inner;
    check->size += check->value;
    while (part_left(&part)) {
        switch (part_tag(&part)) {
        case TAG_BYTES(1):
        case TAG_BYTES(7):
            if (!check_text(check, &part)) {
                return false;
            }
            break;
        case TAG_VARINT(2):
        case TAG_VARINT(3):
            if (!part_varint(&part)) {
                return false;
            }
            break;
        case TAG_FIXED64(4):
            if (!part_skip(&part, 8)) {
                return false;
            }
            break;
        case TAG_BYTES(5):
            if (listed || !part_bytes(&part, &inner) ||
                !check_container(check, inner, depth, SCHEMA_ARRAY_VALUE)) {
                return false;
            }
            listed = true;
            break;
        case TAG_BYTES(6):
            if (mapped || !part_bytes(&part, &inner) ||
                !check_container(check, inner, depth, SCHEMA_KEY_VALUE_LIST)) {
                return false;
            }
            mapped = true;
            break;
        default:
            return false;
        }
    }
    return check_end(check, &part);
}

/* A KeyValue of a list, whose value has so many messages around it. */
static inline bool check_pair(struct check *check, struct part *from, unsigned depth)
{
    bool valued = false;
    struct part part;
    struct part inner;
    if (!part_bytes(from, &part)) {
        return false;
    }
    check->size += GUARD_LIST_POINTER_SIZE + check->pair;
    while (part_left(&part)) {
        unsigned tag = part_tag(&part);
        if (tag == TAG_BYTES(1) && check_text(check, &part)) {
            continue;
        }
        if (tag != TAG_BYTES(2) || valued || !part_bytes(&part, &inner) ||
            !check_value(check, inner, depth)) {
            return false;
        }
        valued = true;
    }
    return check_end(check, &part);
}

/* --- Records, and what is around them. --- */

static bool check_record(struct check *check, struct part part)
{
    bool told = false;
    struct part inner;
    check->size += GUARD_LIST_POINTER_SIZE + check->record;
    while (part_left(&part)) {
        bool good = false;
        switch (part_tag(&part)) {
        case TAG_FIXED64(1):
        case TAG_FIXED64(11):
            good = part_skip(&part, 8);
            break;
        case TAG_FIXED32(8):
            good = part_skip(&part, 4);
            break;
        case TAG_VARINT(2):
        case TAG_VARINT(7):
            good = part_varint(&part);
            break;
        case TAG_BYTES(3):
        case TAG_BYTES(9):
        case TAG_BYTES(10):
        case TAG_BYTES(12):
            good = check_text(check, &part);
            break;
        case TAG_BYTES(5):
            good = !told && part_bytes(&part, &inner) && check_value(check, inner, DEPTH_BODY);
            told = true;
            break;
        case TAG_BYTES(6):
            good = check_pair(check, &part, DEPTH_VALUE);
            break;
        default:
            break;
        }
        if (!good) {
            return false;
        }
    }
    return check_end(check, &part);
}

static bool check_scope(struct check *check, struct part part)
{
    check->size += check->scope;
    while (part_left(&part)) {
        unsigned tag = part_tag(&part);
        bool good = tag == TAG_BYTES(1) || tag == TAG_BYTES(2) ? check_text(check, &part)
                    : tag == TAG_BYTES(3) ? check_pair(check, &part, DEPTH_VALUE)
                                          : tag == TAG_VARINT(4) && part_varint(&part);
        if (!good) {
            return false;
        }
    }
    return check_end(check, &part);
}

static bool check_resource(struct check *check, struct part part)
{
    check->size += check->resource;
    while (part_left(&part)) {
        unsigned tag = part_tag(&part);
        bool good = tag == TAG_BYTES(1) ? check_pair(check, &part, DEPTH_RESOURCE_VALUE)
                                        : tag == TAG_VARINT(2) && part_varint(&part);
        if (!good) {
            return false;
        }
    }
    return check_end(check, &part);
}

/* ScopeLogs. */
static bool check_scope_block(struct check *check, struct part part)
{
    bool named = false;
    struct part inner;
    check->size += GUARD_LIST_POINTER_SIZE + check->scope_block;
    while (part_left(&part)) {
        unsigned tag = part_tag(&part);
        bool good = false;
        if (tag == TAG_BYTES(2)) {
            good = part_bytes(&part, &inner) && check_record(check, inner);
        } else if (tag == TAG_BYTES(1)) {
            good = !named && part_bytes(&part, &inner) && check_scope(check, inner);
            named = true;
        } else if (tag == TAG_BYTES(3)) {
            good = check_text(check, &part);
        }
        if (!good) {
            return false;
        }
    }
    return check_end(check, &part);
}

/* ResourceLogs. */
static bool check_block(struct check *check, struct part part)
{
    bool described = false;
    struct part inner;
    check->size += GUARD_LIST_POINTER_SIZE + check->block;
    while (part_left(&part)) {
        unsigned tag = part_tag(&part);
        bool good = false;
        if (tag == TAG_BYTES(2)) {
            good = part_bytes(&part, &inner) && check_scope_block(check, inner);
        } else if (tag == TAG_BYTES(1)) {
            good = !described && part_bytes(&part, &inner) && check_resource(check, inner);
            described = true;
        } else if (tag == TAG_BYTES(3)) {
            good = check_text(check, &part);
        }
        if (!good) {
            return false;
        }
    }
    return check_end(check, &part);
}

static uint64_t check_cost(enum schema_id id)
{
    return schema_message(id)->unpacked_size + GUARD_ALLOCATION_OVERHEAD;
}

bool otlp_check_logs(struct slice body, uint64_t unpacked_size_max, uint64_t *unpacked_size)
{
    static const unsigned char nothing[1] = {0};
    struct check check = {
        .size = check_cost(SCHEMA_LOGS_REQUEST),
        .size_max = unpacked_size_max,
        .block = check_cost(SCHEMA_RESOURCE_LOGS),
        .scope_block = check_cost(SCHEMA_SCOPE_LOGS),
        .resource = check_cost(SCHEMA_RESOURCE),
        .scope = check_cost(SCHEMA_SCOPE),
        .record = check_cost(SCHEMA_LOG_RECORD),
        .pair = check_cost(SCHEMA_KEY_VALUE),
        .value = check_cost(SCHEMA_ANY_VALUE),
    };
    const unsigned char *base = body.size > 0 ? body.base : nothing;
    struct part part = {.at = base, .end = base + body.size};
    while (part_left(&part)) {
        struct part block;
        if (part_tag(&part) != TAG_BYTES(1) || !part_bytes(&part, &block) ||
            !check_block(&check, block)) {
            return false;
        }
    }
    bool fits = check_end(&check, &part);
    *unpacked_size = check.size;
    return fits;
}
