/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_state.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <string.h>

#define STATE_VERSION 1

/* A member that is a number of 64 bits, and where it lives. */
struct number_member {
    struct slice key;
    size_t offset;
};

#define ENTRY_NUMBER(name, field)                                                                  \
    {                                                                                              \
        SLICE_INIT(name), offsetof(struct alert_entry, field)                                      \
    }

static const struct number_member entry_numbers[] = {
    ENTRY_NUMBER("fingerprint", fingerprint),
    ENTRY_NUMBER("phase_ns", watch.phase_ns),
    ENTRY_NUMBER("seen_ns", watch.seen_ns),
    ENTRY_NUMBER("began_ns", watch.began_ns),
    ENTRY_NUMBER("fired_ns", watch.fired_ns),
    ENTRY_NUMBER("resolved_ns", watch.resolved_ns),
    ENTRY_NUMBER("samples", counts.samples),
    ENTRY_NUMBER("hits", counts.hits),
    ENTRY_NUMBER("fired_samples", fired_with.samples),
    ENTRY_NUMBER("fired_hits", fired_with.hits),
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Writing. ---- */

static void write_numbers(struct json_write *writer, const void *record,
                          const struct number_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 0;
        memcpy(&value, (const unsigned char *)record + members[i].offset, sizeof(value));
        json_write_member_u64(writer, members[i].key, value);
    }
}

static void write_name(struct json_write *writer, struct slice key, const struct alert_name *name)
{
    json_write_key(writer, key);
    json_write_base64(writer, slice_of(name->bytes, name->size));
}

static void write_labels(struct json_write *writer, const struct alert_labels *labels)
{
    write_name(writer, SLICE("account"), &labels->account);
    write_name(writer, SLICE("region"), &labels->region);
    write_name(writer, SLICE("function"), &labels->function);
}

static void write_examples(struct json_write *writer, const struct alert_examples *examples)
{
    json_write_member_array(writer, SLICE("examples"));
    for (size_t i = 0; i < examples->count; i++) {
        json_write_hex(writer, slice_of(&examples->items[i], sizeof(examples->items[i])));
    }
    json_write_array_end(writer);
}

static void write_entry(struct json_write *writer, const struct alert_entry *entry)
{
    json_write_object_begin(writer);
    write_numbers(writer, entry, entry_numbers, COUNT_OF(entry_numbers));
    json_write_member_u64(writer, SLICE("phase"), (uint64_t)entry->watch.phase);
    write_labels(writer, &entry->labels);
    write_examples(writer, &entry->examples);
    json_write_object_end(writer);
}

void alert_state_write(const struct alert_book *book, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("version"), STATE_VERSION);
    json_write_member_u64(&writer, SLICE("evaluated_ns"), book->evaluated_ns);
    json_write_member_array(&writer, SLICE("entries"));
    for (size_t i = 0; i < book->entry_count; i++) {
        write_entry(&writer, &book->entries[i]);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

/* ---- Reading.  A value of a wrong type makes the whole text wrong: we wrote it. ---- */

static void must(struct json_read *reader, bool right, const char *reason)
{
    if (!right && !json_read_failed(reader)) {
        json_read_fail(reader, reason);
    }
}

static uint64_t read_number(struct json_read *reader, uint64_t max)
{
    uint64_t value = 0;
    must(reader, json_read_u64(reader, &value) == JSON_GOT && value <= max, "a number is wrong");
    return value <= max ? value : 0;
}

/* Read the member if it is one of these numbers. */
static bool read_numbers(struct json_read *reader, struct json_string key, void *record,
                         const struct number_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (json_string_equal(key, members[i].key)) {
            uint64_t value = read_number(reader, UINT64_MAX);
            memcpy((unsigned char *)record + members[i].offset, &value, sizeof(value));
            return true;
        }
    }
    return false;
}

/* A base64 string into bytes; the answer is how many there are. */
static size_t read_bytes(struct json_read *reader, unsigned char *bytes, size_t size_max)
{
    struct json_string string = {.escaped = false};
    bool got = json_read_string(reader, &string) == JSON_GOT;
    must(reader, got, "a text is none");
    if (!got) {
        return 0;
    }
    struct buf buf;
    buf_init_fixed(&buf, bytes, size_max);
    bool right = base64_decode(string.raw, &buf) && !buf_overflowed(&buf);
    must(reader, right, "a text is not base64, or too long");
    return right ? buf.size : 0;
}

static bool read_labels(struct json_read *reader, struct json_string key,
                        struct alert_labels *labels)
{
    struct alert_name *name = NULL;
    if (json_string_equal(key, SLICE("account"))) {
        name = &labels->account;
    } else if (json_string_equal(key, SLICE("region"))) {
        name = &labels->region;
    } else if (json_string_equal(key, SLICE("function"))) {
        name = &labels->function;
    } else {
        return false;
    }
    name->size = (uint32_t)read_bytes(reader, name->bytes, sizeof(name->bytes));
    return true;
}

static void read_examples(struct json_read *reader, struct alert_examples *examples)
{
    examples->count = 0;
    bool got = json_read_array(reader) == JSON_GOT;
    must(reader, got, "examples are no list");
    while (got && json_read_element(reader)) {
        struct alert_example example;
        struct json_string string = {.escaped = false};
        bool right = json_read_string(reader, &string) == JSON_GOT &&
                     hex_decode(string.raw, (unsigned char *)&example, sizeof(example));
        must(reader, right, "an example is no id");
        if (right && examples->count < ALERT_EXAMPLE_COUNT_MAX) {
            examples->items[examples->count] = example;
            examples->count++;
        }
    }
}

static void read_entry(struct json_read *reader, struct alert_entry *entry)
{
    struct json_string key;
    bool got = json_read_object(reader) == JSON_GOT;
    must(reader, got, "an entry is no object");
    while (got && json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("phase"))) {
            entry->watch.phase = (enum alert_phase)read_number(reader, ALERT_RESOLVING);
        } else if (json_string_equal(key, SLICE("examples"))) {
            read_examples(reader, &entry->examples);
        } else if (!read_numbers(reader, key, entry, entry_numbers, COUNT_OF(entry_numbers)) &&
                   !read_labels(reader, key, &entry->labels)) {
            json_read_skip(reader);
        }
    }
}

static void read_entries(struct json_read *reader, struct alert_book *book)
{
    bool got = json_read_array(reader) == JSON_GOT;
    must(reader, got, "entries are no list");
    while (got && json_read_element(reader)) {
        if (book->entry_count == ALERT_ENTRY_COUNT_MAX) {
            json_read_skip(reader);
            continue;
        }
        book->entries[book->entry_count] = (struct alert_entry){.fingerprint = 0};
        read_entry(reader, &book->entries[book->entry_count]);
        book->entry_count++;
    }
}

static void read_book(struct json_read *reader, struct alert_book *book)
{
    struct json_string key;
    uint64_t version = 0;
    bool got = json_read_object(reader) == JSON_GOT;
    must(reader, got, "the state is no object");
    while (got && json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("version"))) {
            version = read_number(reader, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("evaluated_ns"))) {
            book->evaluated_ns = read_number(reader, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("entries"))) {
            read_entries(reader, book);
        } else {
            json_read_skip(reader);
        }
    }
    must(reader, version == STATE_VERSION, "the state is of another version");
}

enum status alert_state_read(struct alert_book *book, struct slice text)
{
    ENSURE(book->entry_count == 0);
    struct json_read reader;
    json_read_init(&reader, text, 8);
    read_book(&reader, book);
    if (json_read_finish(&reader)) {
        return STATUS_OK;
    }
    book->entry_count = 0;
    book->evaluated_ns = 0;
    return STATUS_BAD;
}
