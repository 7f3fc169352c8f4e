/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/layers.h"

#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void layers_init(struct layers *layers, struct teller *teller, struct shapes *shapes)
{
    layers->teller = teller;
    layers->counts = teller->counts;
    intake_text_init(&layers->text, teller, shapes);
    for (unsigned i = 0; i < INTAKE_LAYERS_MAX; i++) {
        layers->at[i] = (struct layer){.kind = LAYER_NEW};
    }
}

static void layers_reset(struct layer *layer)
{
    unpack_free(layer->unpack);
    free(layer->tar);
    layer->unpack = NULL;
    layer->tar = NULL;
    layer->kind = LAYER_NEW;
    layer->held = 0;
}

void layers_fini(struct layers *layers)
{
    for (unsigned i = 0; i < INTAKE_LAYERS_MAX; i++) {
        layers_reset(&layers->at[i]);
    }
    intake_text_fini(&layers->text);
}

static enum status layers_fail(struct layers *layers, struct layer *layer, const char *what,
                               enum status status)
{
    if (!layers->broken) {
        struct slice path = layers->teller->options->path;
        snprintf(layers->error, layers->error_size, SLICE_FMT "%s%s (at byte %llu)",
                 SLICE_ARG(path), path.size > 0 ? ": " : "", what,
                 (unsigned long long)layers->counts->bytes);
    }
    layers->broken = true;
    layer->kind = LAYER_FAILED;
    return status;
}

/* ---- What the first bytes say. ---- */

static bool layers_is_base64(struct slice head)
{
    /* Of gzip, or of a brace and a quote; in quotes where a query tool wrote them. */
    struct slice text = slice_trim(head);
    if (text.size > 0 && text.base[0] == '"') {
        text = slice_skip(text, 1);
    }
    if (!slice_starts(text, SLICE("H4sI")) && !slice_starts(text, SLICE("eyJ"))) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                      (byte >= '0' && byte <= '9');
        bool other = byte == '+' || byte == '/' || byte == '=' || byte == '"' || byte == '\n' ||
                     byte == '\r' || byte == '-' || byte == '_' || byte == ',' || byte == ' ';
        if (!letter && !other) {
            return false;
        }
    }
    return true;
}

/* What we know and do not take apart. */
static const char *layers_refused(struct slice head)
{
    static const struct {
        struct slice magic;
        const char *why;
    } known[] = {
        {SLICE_INIT("PK\003\004"), "a zip archive (or a spreadsheet): unzip it first, and give the "
                                   "CSV or JSON files in it"},
        {SLICE_INIT("\375"
                    "7zXZ"),
         "compressed with xz: decompress it first (xz -dc FILE | thaw ... -)"},
        {SLICE_INIT("BZh"),
         "compressed with bzip2: decompress it first (bzip2 -dc FILE | thaw ... -)"},
        {SLICE_INIT("7z\274\257"), "a 7z archive: unpack it first"},
        {SLICE_INIT("PAR1"), "Parquet, which is not read: export JSON or CSV"},
        {SLICE_INIT("Obj\001"), "Avro, which is not read: export JSON"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_starts(head, known[i].magic)) {
            return known[i].why;
        }
    }
    return NULL;
}

static enum status layers_decide_unpack(struct layers *layers, unsigned depth,
                                        enum unpack_kind kind)
{
    struct layer *layer = &layers->at[depth];
    layer->unpack = unpack_create(kind);
    if (layer->unpack == NULL) {
        return layers_fail(layers, layer, "there is no memory to unpack it", STATUS_FULL);
    }
    layer->kind = LAYER_UNPACK;
    return STATUS_OK;
}

static enum status layers_decide(struct layers *layers, unsigned depth)
{
    struct layer *layer = &layers->at[depth];
    struct slice head = slice_of(layer->head, layer->held);
    bool deepest = depth + 1 == INTAKE_LAYERS_MAX;
    layer->kind = LAYER_TEXT;
    const char *why = layers_refused(head);
    if (why != NULL) {
        teller_format(layers->teller, INTAKE_REFUSED);
        teller_refuse(layers->teller, why, SLICE_EMPTY);
        return layers_fail(layers, layer, why, STATUS_BAD);
    }
    bool gzip = slice_starts(head, SLICE("\037\213"));
    bool zstd = slice_starts(head, SLICE("\050\265\057\375"));
    bool tar = tar_is_header(head);
    bool utf16 = slice_starts(head, SLICE("\377\376")) || slice_starts(head, SLICE("\376\377"));
    bool base64 = layers_is_base64(head);
    if ((gzip || zstd || tar || utf16 || base64) && deepest) {
        return layers_fail(layers, layer, "containers in too many containers", STATUS_BAD);
    }
    if (tar) {
        layer->tar = malloc(sizeof(*layer->tar));
        if (layer->tar == NULL) {
            return layers_fail(layers, layer, "there is no memory to unpack it", STATUS_FULL);
        }
        tar_init(layer->tar);
        layer->kind = LAYER_TAR;
        return STATUS_OK;
    }
    if (gzip || zstd || utf16 || base64) {
        return layers_decide_unpack(layers, depth,
                                    gzip    ? UNPACK_GZIP
                                    : zstd  ? UNPACK_ZSTD
                                    : utf16 ? UNPACK_UTF16
                                            : UNPACK_BASE64);
    }
    return STATUS_OK;
}

/* ---- The way down. ---- */

static enum status layers_give(struct layers *layers, unsigned depth, struct slice bytes);
static enum status layers_end(struct layers *layers, unsigned depth);

static enum status layers_give_text(struct layers *layers, struct layer *layer, struct slice bytes)
{
    layers->counts->inflated += bytes.size;
    if (layers->size_max > 0 && layers->counts->inflated > layers->size_max) {
        return layers_fail(layers, layer, "it inflates to more than is allowed", STATUS_FULL);
    }
    if (intake_text_push(&layers->text, bytes) != STATUS_OK) {
        return layers_fail(layers, layer, "there is no memory for one of its records", STATUS_FULL);
    }
    return STATUS_OK;
}

static enum status layers_give_unpack(struct layers *layers, unsigned depth, struct slice bytes)
{
    struct layer *layer = &layers->at[depth];
    for (;;) {
        struct slice out;
        enum status status = unpack_read(layer->unpack, &bytes, &out);
        if (out.size > 0) {
            enum status given = layers_give(layers, depth + 1, out);
            if (given != STATUS_OK) {
                layer->kind = LAYER_FAILED;
                return given;
            }
        }
        if (status != STATUS_OK) {
            return layers_fail(layers, layer,
                               "the compressed data are broken here; what came before was read",
                               status);
        }
        if (bytes.size == 0 && out.size == 0) {
            return STATUS_OK;
        }
    }
}

/* What archives have beside files: a Mac's attributes, a folder's settings. */
static bool layers_is_litter(struct slice path)
{
    size_t slash = slice_find_last_byte(path, '/');
    struct slice name = slash == SLICE_NONE ? path : slice_skip(path, slash + 1);
    return name.size == 0 || name.base[0] == '.' || slice_equal(name, SLICE("aws-logs-write-test"));
}

static void layers_enter(struct layers *layers, struct layer *layer)
{
    struct slice path = tar_name(layer->tar);
    layer->skipped = layers_is_litter(path);
    if (!layer->skipped) {
        layers->counts->files++;
    }
    origin_read(path, &layers->origin);
    layers->teller->group = layers->origin.group;
    layers->teller->stream = layers->origin.stream;
    layers->teller->function = layers->origin.function;
}

static enum status layers_give_tar(struct layers *layers, unsigned depth, struct slice bytes)
{
    struct layer *layer = &layers->at[depth];
    enum status status = STATUS_OK;
    for (;;) {
        struct slice data;
        switch (tar_read(layer->tar, &bytes, &data)) {
        case TAR_MORE:
            return STATUS_OK;
        case TAR_BEGIN:
            layers_enter(layers, layer);
            break;
        case TAR_BYTES:
            status = layer->skipped ? STATUS_OK : layers_give(layers, depth + 1, data);
            break;
        case TAR_FINISH:
            status = layer->skipped ? STATUS_OK : layers_end(layers, depth + 1);
            break;
        case TAR_BROKEN:
            return layers_fail(layers, layer,
                               "the archive is broken here; what came before was read", STATUS_BAD);
        }
        /* A member that is broken ends with its last byte; the others are still good. */
        if (status == STATUS_FULL) {
            layer->kind = LAYER_FAILED;
            return status;
        }
    }
}

static enum status layers_give_known(struct layers *layers, unsigned depth, struct slice bytes)
{
    struct layer *layer = &layers->at[depth];
    switch (layer->kind) {
    case LAYER_TEXT:
        return layers_give_text(layers, layer, bytes);
    case LAYER_UNPACK:
        return layers_give_unpack(layers, depth, bytes);
    case LAYER_TAR:
        return layers_give_tar(layers, depth, bytes);
    case LAYER_NEW:
    case LAYER_FAILED:
        break;
    }
    return STATUS_OK;
}

/* The head is complete. */
static enum status layers_start(struct layers *layers, unsigned depth)
{
    struct layer *layer = &layers->at[depth];
    enum status status = layers_decide(layers, depth);
    struct slice head = slice_of(layer->head, layer->held);
    if (layer->kind == LAYER_TEXT && slice_starts(head, SLICE("\357\273\277"))) {
        head = slice_skip(head, 3); /* The mark of UTF-8. */
    }
    return status == STATUS_OK && head.size > 0 ? layers_give_known(layers, depth, head) : status;
}

static enum status layers_give(struct layers *layers, unsigned depth, struct slice bytes)
{
    struct layer *layer = &layers->at[depth];
    if (layer->kind == LAYER_NEW) {
        struct slice part = slice_take(bytes, sizeof(layer->head) - layer->held);
        if (part.size > 0) {
            memcpy(layer->head + layer->held, part.base, part.size);
        }
        layer->held += part.size;
        bytes = slice_skip(bytes, part.size);
        if (layer->held < sizeof(layer->head)) {
            return STATUS_OK;
        }
        enum status status = layers_start(layers, depth);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return bytes.size == 0 ? STATUS_OK : layers_give_known(layers, depth, bytes);
}

/* The bytes of this layer end here; it is as new for the next ones. */
static enum status layers_end(struct layers *layers, unsigned depth)
{
    struct layer *layer = &layers->at[depth];
    enum status status = layer->kind == LAYER_NEW ? layers_start(layers, depth) : STATUS_OK;
    bool cut = (layer->unpack != NULL && !unpack_is_whole(layer->unpack)) ||
               (layer->tar != NULL && !tar_is_whole(layer->tar));
    enum layer_kind kind = layer->kind;
    bool below = layer->unpack != NULL || (layer->tar != NULL && cut);
    if (kind == LAYER_TEXT) {
        if (intake_text_finish(&layers->text) != STATUS_OK) {
            status = layers_fail(layers, layer, "there is no memory for one of its records",
                                 STATUS_FULL);
        }
    } else if (below) {
        enum status ended = layers_end(layers, depth + 1);
        status = status == STATUS_OK ? ended : status;
    }
    if (cut && kind != LAYER_FAILED && status == STATUS_OK) {
        status = layers_fail(layers, layer,
                             "it was cut off: it ends inside of compressed data or an archive",
                             STATUS_BAD);
    }
    layers_reset(layer);
    return status;
}

enum status layers_push(struct layers *layers, struct slice bytes)
{
    layers->counts->bytes += bytes.size;
    return layers_give(layers, 0, bytes);
}

enum status layers_finish(struct layers *layers)
{
    enum status status = layers_end(layers, 0);
    return status == STATUS_OK && layers->broken ? STATUS_BAD : status;
}
