/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/yaml.h"

#include "base/ensure.h"

#include <yaml.h>

#include <string.h>

/* One open list or map. */
struct level {
    struct yaml_node *node;
    struct yaml_node **tail; /* Where the next entry goes. */
    const char *key;         /* Read, its value not yet. */
    size_t key_line;
    size_t key_column;
};

struct builder {
    struct arena *arena;
    struct buf *errors;
    const char *where;
    struct yaml_node *root;
    struct level levels[YAML_TREE_DEPTH_MAX];
    unsigned depth;
    enum status status;
};

static void complain(struct builder *builder, size_t line, size_t column, const char *what)
{
    buf_printf(builder->errors, "%s:%zu:%zu: %s\n", builder->where, line, column, what);
    builder->status = STATUS_BAD;
}

static void complain_at(struct builder *builder, const yaml_event_t *event, const char *what)
{
    complain(builder, event->start_mark.line + 1, event->start_mark.column + 1, what);
}

static struct yaml_node *node_make(struct builder *builder, const yaml_event_t *event,
                                   enum yaml_kind kind)
{
    struct yaml_node *node = arena_alloc(builder->arena, sizeof(*node));
    if (node == NULL) {
        builder->status = STATUS_FULL;
        return NULL;
    }
    *node = (struct yaml_node){
        .kind = kind, .line = event->start_mark.line + 1, .column = event->start_mark.column + 1};
    return node;
}

static void node_place(struct builder *builder, struct yaml_node *node)
{
    if (builder->depth == 0) {
        builder->root = node;
        return;
    }
    struct level *level = &builder->levels[builder->depth - 1];
    if (level->node->kind == YAML_MAP) {
        node->key = level->key;
        node->key_line = level->key_line;
        node->key_column = level->key_column;
        level->key = NULL;
    }
    *level->tail = node;
    level->tail = &node->next;
}

static bool wants_key(const struct builder *builder)
{
    if (builder->depth == 0) {
        return false;
    }
    const struct level *level = &builder->levels[builder->depth - 1];
    ENSURE(level->node != NULL);
    return level->node->kind == YAML_MAP && level->key == NULL;
}

static void on_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
    if (text.size > 0 && memchr(text.base, 0, text.size) != NULL) {
        complain_at(builder, event, "a NUL byte; remove it");
        return;
    }
    char *copy = arena_dup_text(builder->arena, text);
    if (copy == NULL) {
        builder->status = STATUS_FULL;
        return;
    }
    if (wants_key(builder)) {
        struct level *level = &builder->levels[builder->depth - 1];
        if (yaml_find(level->node, copy) != NULL) {
            buf_printf(builder->errors, "%s:%zu:%zu: the key '%s' is there twice; remove one\n",
                       builder->where, event->start_mark.line + 1, event->start_mark.column + 1,
                       copy);
            builder->status = STATUS_BAD;
        }
        level->key = copy;
        level->key_line = event->start_mark.line + 1;
        level->key_column = event->start_mark.column + 1;
        return;
    }
    struct yaml_node *node = node_make(builder, event, YAML_SCALAR);
    if (node != NULL) {
        node->text = copy;
        node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        node_place(builder, node);
    }
}

static void on_open(struct builder *builder, const yaml_event_t *event, enum yaml_kind kind)
{
    if (wants_key(builder)) {
        complain_at(builder, event, "a key must be plain text");
        return;
    }
    if (builder->depth == YAML_TREE_DEPTH_MAX) {
        complain_at(builder, event, "nested too deep");
        return;
    }
    struct yaml_node *node = node_make(builder, event, kind);
    if (node != NULL) {
        node_place(builder, node);
        builder->levels[builder->depth++] = (struct level){.node = node, .tail = &node->first};
    }
}

static void on_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        on_scalar(builder, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_open(builder, event, YAML_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        on_open(builder, event, YAML_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder->depth--;
        break;
    case YAML_ALIAS_EVENT:
        complain_at(builder, event, "aliases are not supported; write it out");
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (builder->root != NULL) {
            complain_at(builder, event, "a second document; one file is one document");
        }
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

enum status yaml_parse(struct slice text, const char *where, struct arena *arena,
                       struct buf *errors, struct yaml_node **root)
{
    struct builder builder = {
        .arena = arena, .errors = errors, .where = where, .status = STATUS_OK};
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        return STATUS_FULL;
    }
    yaml_parser_set_input_string(&parser, text.base, text.size);
    bool end = false;
    while (!end && builder.status == STATUS_OK) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            complain(&builder, parser.problem_mark.line + 1, parser.problem_mark.column + 1,
                     parser.problem == NULL ? "not YAML" : parser.problem);
            break;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        on_event(&builder, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    *root = builder.root;
    return builder.status;
}

const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *first = map->kind == YAML_MAP ? map->first : NULL;
    for (const struct yaml_node *node = first; node != NULL; node = node->next) {
        if (strcmp(node->key, key) == 0) {
            return node;
        }
    }
    return NULL;
}
