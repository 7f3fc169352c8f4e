/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record_key.h"

#include "base/ensure.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "proto/names.h"

#include <pthread.h>

/* Two hashes with secrets of their own: each lets two texts collide by a chance of 2^-64. */
static struct hash_bulk secrets[2];
static pthread_once_t secrets_once = PTHREAD_ONCE_INIT;

static void secrets_make(void)
{
    struct hash_key keys[2];
    ENSURE(entropy_fill(keys, sizeof(keys)) == STATUS_OK);
    hash_bulk_init(&secrets[0], &keys[0]);
    hash_bulk_init(&secrets[1], &keys[1]);
}

/* What a resource says without the number of its block. */
static struct slice said_of(const struct resource *resource)
{
    struct slice message = resource->message;
    struct attrs attrs = resource->attrs;
    if (resource->seq == 0 || attrs.count == 0 ||
        !slice_equal(attrs.items[attrs.count - 1].key, NAME_THAW_SEQ)) {
        return message;
    }
    uintptr_t key = (uintptr_t)attrs.items[attrs.count - 1].key.base;
    uintptr_t base = (uintptr_t)message.base;
    return key > base && key - base < message.size ? slice_take(message, key - base) : message;
}

void record_key_set(struct resource *resource)
{
    ENSURE(pthread_once(&secrets_once, secrets_make) == 0);
    struct slice said = said_of(resource);
    if (said.size > 0) {
        resource->key.words[0] = hash_bulk64(&secrets[0], said) | 1;
        resource->key.words[1] = hash_bulk64(&secrets[1], said);
    }
}
