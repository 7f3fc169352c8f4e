/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_deploys.h"

#include "base/base64.h"
#include "base/json_read.h"
#include "base/json_write.h"

#include <stdlib.h>
#include <string.h>

#define STATE_VERSION     2
#define STATE_VERSION_OLD 1

enum status notify_deploys_init(struct notify_deploys *deploys)
{
    deploys->count = 0;
    deploys->items = calloc(NOTIFY_DEPLOY_COUNT_MAX, sizeof(*deploys->items));
    return deploys->items != NULL ? STATUS_OK : STATUS_FULL;
}

static void clear(struct notify_deploys *deploys)
{
    for (size_t i = 0; i < deploys->count; i++) {
        free(deploys->items[i].memory);
    }
    deploys->count = 0;
}

void notify_deploys_fini(struct notify_deploys *deploys)
{
    if (deploys->items != NULL) {
        clear(deploys);
        free(deploys->items);
        deploys->items = NULL;
    }
}

/* The texts of a deploy, in the order in which they are kept and saved; version 1 had five. */
enum { TEXT_COUNT = 7, TEXT_COUNT_OLD = 5 };

static void texts_of(struct notify_deploy *deploy, struct slice *texts[TEXT_COUNT])
{
    texts[0] = &deploy->function;
    texts[1] = &deploy->version;
    texts[2] = &deploy->env;
    texts[3] = &deploy->ref;
    texts[4] = &deploy->url;
    texts[5] = &deploy->account;
    texts[6] = &deploy->region;
}

struct slice notify_deploy_source_name(enum notify_deploy_source source)
{
    return source == NOTIFY_DEPLOY_POSTED ? SLICE("posted") : SLICE("version");
}

/* A copy whose texts are its own; false without memory. */
static bool copy_texts(struct notify_deploy *deploy)
{
    struct slice *texts[TEXT_COUNT];
    size_t size = 1;
    texts_of(deploy, texts);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        *texts[i] = slice_take(*texts[i], NOTIFY_LABEL_SIZE_MAX);
        size += texts[i]->size;
    }
    deploy->memory = malloc(size);
    if (deploy->memory == NULL) {
        return false;
    }
    unsigned char *next = deploy->memory;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        if (texts[i]->size > 0) {
            memcpy(next, texts[i]->base, texts[i]->size);
        }
        *texts[i] = slice_of(next, texts[i]->size);
        next += texts[i]->size;
    }
    return true;
}

static uint64_t distance(uint64_t one, uint64_t other)
{
    return one > other ? one - other : other - one;
}

/* The wave that a time belongs to: that of a deploy near it, unless it lasts too long by then. */
static uint64_t wave_at(const struct notify_deploys *deploys, uint64_t at_ns, uint64_t gather_ns)
{
    for (size_t i = deploys->count; i > 0; i--) {
        const struct notify_deploy *deploy = &deploys->items[i - 1];
        if (distance(deploy->at_ns, at_ns) <= gather_ns &&
            distance(deploy->wave, at_ns) <= NOTIFY_WAVE_NS_MAX) {
            return deploy->wave;
        }
    }
    return at_ns;
}

/* ---- Which ones are the same. ---- */

/* Two texts that do not say different things. */
static bool agree(struct slice one, struct slice other)
{
    return one.size == 0 || other.size == 0 || slice_equal(one, other);
}

static bool same_names(const struct notify_deploy *one, const struct notify_deploy *other)
{
    return slice_equal(one->function, other->function) &&
           slice_equal(one->version, other->version) && agree(one->account, other->account) &&
           agree(one->region, other->region);
}

/* Whether a known deploy is what is to be added. */
static bool is_same(const struct notify_deploy *known, const struct notify_deploy *deploy)
{
    bool near = distance(known->at_ns, deploy->at_ns) <= NOTIFY_WAVE_NS_MAX;
    bool names = same_names(known, deploy);
    if (deploy->source == NOTIFY_DEPLOY_POSTED) {
        return names &&
               (known->source == NOTIFY_DEPLOY_POSTED ? known->wave == deploy->wave : near);
    }
    bool said = known->source == NOTIFY_DEPLOY_POSTED && near &&
                agree(known->function, deploy->function) &&
                agree(known->version, deploy->version) && agree(known->account, deploy->account) &&
                agree(known->region, deploy->region);
    return names || said;
}

static struct notify_deploy *find_same(const struct notify_deploys *deploys,
                                       const struct notify_deploy *deploy)
{
    for (size_t i = 0; i < deploys->count; i++) {
        if (is_same(&deploys->items[i], deploy)) {
            return &deploys->items[i];
        }
    }
    return NULL;
}

/* Somebody says more of a version that was seen. */
static bool say_more(struct notify_deploy *known, const struct notify_deploy *deploy)
{
    struct notify_deploy more = *deploy;
    more.at_ns = known->at_ns;
    more.wave = known->wave;
    more.account = deploy->account.size > 0 ? deploy->account : known->account;
    more.region = deploy->region.size > 0 ? deploy->region : known->region;
    unsigned char *memory = known->memory;
    if (!copy_texts(&more)) {
        return false;
    }
    free(memory);
    *known = more;
    return true;
}

bool notify_deploys_add(struct notify_deploys *deploys, const struct notify_deploy *deploy,
                        uint64_t gather_ns)
{
    struct notify_deploy copy = *deploy;
    copy.wave = wave_at(deploys, deploy->at_ns, gather_ns);
    struct notify_deploy *same = find_same(deploys, &copy);
    if (same != NULL) {
        bool news = deploy->source == NOTIFY_DEPLOY_POSTED && same->source == NOTIFY_DEPLOY_VERSION;
        return news && say_more(same, &copy);
    }
    /* Versions are found again for as long as they are new: what made room is not to come back. */
    bool full = deploys->count == NOTIFY_DEPLOY_COUNT_MAX;
    if (full && deploy->source == NOTIFY_DEPLOY_VERSION &&
        deploy->at_ns < deploys->items[0].at_ns) {
        return false;
    }
    if (!copy_texts(&copy)) {
        return false;
    }
    if (full) {
        free(deploys->items[0].memory);
        deploys->count--;
        memmove(&deploys->items[0], &deploys->items[1], deploys->count * sizeof(copy));
    }
    deploys->items[deploys->count] = copy;
    deploys->count++;
    return true;
}

uint64_t notify_deploys_wave(const struct notify_deploys *deploys, const struct notify_place *place,
                             uint64_t time_ns, uint64_t gather_ns)
{
    for (size_t i = deploys->count; i > 0; i--) {
        const struct notify_deploy *deploy = &deploys->items[i - 1];
        /* No name is every name: a deploy of all. */
        bool its = agree(deploy->function, place->function) &&
                   agree(deploy->account, place->account) && agree(deploy->region, place->region);
        if (its && time_ns >= deploy->at_ns && time_ns - deploy->at_ns <= gather_ns) {
            return deploy->wave;
        }
    }
    return 0;
}

uint64_t notify_deploys_last_ns(const struct notify_deploys *deploys, uint64_t wave)
{
    uint64_t last_ns = 0;
    for (size_t i = 0; i < deploys->count; i++) {
        const struct notify_deploy *deploy = &deploys->items[i];
        if (deploy->wave == wave && deploy->at_ns > last_ns) {
            last_ns = deploy->at_ns;
        }
    }
    return last_ns;
}

/* ---- As bytes. ---- */

void notify_deploys_write(const struct notify_deploys *deploys, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("version"), STATE_VERSION);
    json_write_member_array(&writer, SLICE("deploys"));
    for (size_t i = 0; i < deploys->count; i++) {
        struct notify_deploy deploy = deploys->items[i];
        struct slice *texts[TEXT_COUNT];
        texts_of(&deploy, texts);
        json_write_array_begin(&writer);
        json_write_u64(&writer, deploy.at_ns);
        json_write_u64(&writer, deploy.wave);
        for (size_t j = 0; j < TEXT_COUNT; j++) {
            json_write_base64(&writer, *texts[j]);
        }
        json_write_u64(&writer, deploy.source);
        json_write_array_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

static void must(struct json_read *reader, bool right)
{
    if (!right && !json_read_failed(reader)) {
        json_read_fail(reader, "a deploy is wrong");
    }
}

static uint64_t read_number(struct json_read *reader)
{
    uint64_t value = 0;
    must(reader, json_read_element(reader) && json_read_u64(reader, &value) == JSON_GOT);
    return value;
}

static struct slice read_text(struct json_read *reader, unsigned char *memory, size_t size)
{
    struct json_string string = {.escaped = false};
    struct buf buf;
    buf_init_fixed(&buf, memory, size);
    must(reader, json_read_element(reader) && json_read_string(reader, &string) == JSON_GOT);
    must(reader,
         json_read_failed(reader) || (base64_decode(string.raw, &buf) && !buf_overflowed(&buf)));
    return buf_bytes(&buf);
}

static void read_deploy(struct json_read *reader, struct notify_deploys *deploys, bool old)
{
    unsigned char memory[TEXT_COUNT][NOTIFY_LABEL_SIZE_MAX];
    struct notify_deploy deploy = {.at_ns = 0};
    struct slice *texts[TEXT_COUNT];
    must(reader, json_read_array(reader) == JSON_GOT);
    deploy.at_ns = read_number(reader);
    deploy.wave = read_number(reader);
    texts_of(&deploy, texts);
    size_t count = old ? TEXT_COUNT_OLD : TEXT_COUNT;
    for (size_t i = 0; i < count && !json_read_failed(reader); i++) {
        *texts[i] = read_text(reader, memory[i], sizeof(memory[i]));
    }
    uint64_t source = old || json_read_failed(reader) ? 0 : read_number(reader);
    must(reader, source <= NOTIFY_DEPLOY_VERSION);
    deploy.source = source == 0 ? NOTIFY_DEPLOY_POSTED : NOTIFY_DEPLOY_VERSION;
    must(reader, json_read_failed(reader) || !json_read_element(reader));
    if (!json_read_failed(reader) && deploys->count < NOTIFY_DEPLOY_COUNT_MAX &&
        copy_texts(&deploy)) {
        deploys->items[deploys->count] = deploy;
        deploys->count++;
    }
}

enum status notify_deploys_read(struct notify_deploys *deploys, struct slice text)
{
    struct json_read reader;
    struct json_string key;
    uint64_t version = 0;
    json_read_init(&reader, text, 8);
    must(&reader, json_read_object(&reader) == JSON_GOT);
    while (!json_read_failed(&reader) && json_read_member(&reader, &key)) {
        if (json_string_equal(key, SLICE("version"))) {
            must(&reader, json_read_u64(&reader, &version) == JSON_GOT);
        } else if (json_string_equal(key, SLICE("deploys"))) {
            must(&reader, json_read_array(&reader) == JSON_GOT);
            while (!json_read_failed(&reader) && json_read_element(&reader)) {
                read_deploy(&reader, deploys, version == STATE_VERSION_OLD);
            }
        } else {
            json_read_skip(&reader);
        }
    }
    if (json_read_finish(&reader) && (version == STATE_VERSION || version == STATE_VERSION_OLD)) {
        return STATUS_OK;
    }
    clear(deploys);
    return STATUS_BAD;
}
