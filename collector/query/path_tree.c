/* SPDX-License-Identifier: Apache-2.0 */
#include "query/path_tree.h"

#include "query/assemble.h"

#include <stdlib.h>
#include <string.h>

/* ---- By id. ---- */

struct keyed {
    struct id8 id;
    uint32_t span;
};

static int by_id(const void *one, const void *other)
{
    const struct keyed *a = one, *b = other;
    int order = memcmp(&a->id, &b->id, sizeof(a->id));
    return order != 0 ? order : (a->span > b->span) - (a->span < b->span);
}

static bool index_ids(struct path_tree *tree, struct arena *arena)
{
    const struct transaction *transaction = tree->transaction;
    uint32_t count = transaction->span_count;
    size_t mark = arena_mark(arena);
    tree->by_id = arena_alloc_array(arena, (size_t)count + 1, sizeof(tree->by_id[0]));
    mark = arena_mark(arena);
    struct keyed *keyed = arena_alloc_array(arena, (size_t)count + 1, sizeof(keyed[0]));
    if (tree->by_id == NULL || keyed == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        keyed[i] = (struct keyed){transaction->spans[i].span->span_id, i};
    }
    qsort(keyed, count, sizeof(keyed[0]), by_id);
    for (uint32_t i = 0; i < count; i++) {
        tree->by_id[i] = keyed[i].span;
    }
    arena_rewind(arena, mark);
    return true;
}

uint32_t path_tree_find(const struct path_tree *tree, struct id16 trace_id, struct id8 span_id)
{
    const struct transaction *transaction = tree->transaction;
    uint32_t low = 0, high = transaction->span_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct span *span = transaction->spans[tree->by_id[middle]].span;
        if (memcmp(&span->span_id, &span_id, sizeof(span_id)) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t found = TRANSACTION_NONE;
    for (; low < transaction->span_count; low++) {
        const struct span *span = transaction->spans[tree->by_id[low]].span;
        if (memcmp(&span->span_id, &span_id, sizeof(span_id)) != 0) {
            break;
        }
        bool same = memcmp(&span->trace_id, &trace_id, sizeof(trace_id)) == 0;
        if (found == TRANSACTION_NONE || same) {
            found = tree->by_id[low];
        }
        if (same) {
            break;
        }
    }
    return found;
}

/* ---- Who is whose child. ---- */

static bool is_server(const struct transaction_span *row)
{
    return row->invocation != TRANSACTION_NONE && assemble_platform(row) &&
           row->span->kind == SPAN_SERVER;
}

static void note_platform(struct path_tree *tree, uint32_t index)
{
    const struct transaction_span *row = &tree->transaction->spans[index];
    if (row->invocation == TRANSACTION_NONE || !assemble_platform(row)) {
        return;
    }
    if (row->span->kind == SPAN_SERVER) {
        tree->servers[row->invocation] = index;
    } else if (slice_equal(row->span->name, SLICE("handler"))) {
        tree->handlers[row->invocation] = index;
    } else if (slice_equal(row->span->name, SLICE("init"))) {
        tree->inits[row->invocation] = index;
    }
}

/* What a function did in an invocation, whoever it says its parent is, if that is outside. */
static uint32_t parent_within(const struct path_tree *tree, const struct transaction_span *row,
                              uint32_t parent)
{
    const struct transaction_span *spans = tree->transaction->spans;
    uint32_t server = tree->servers[row->invocation], handler = tree->handlers[row->invocation];
    bool within = parent != TRANSACTION_NONE && parent != server &&
                  spans[parent].invocation == row->invocation;
    return within ? parent : handler != TRANSACTION_NONE ? handler : server;
}

static uint32_t parent_of(const struct path_tree *tree, uint32_t index)
{
    const struct transaction *transaction = tree->transaction;
    const struct transaction_span *row = &transaction->spans[index];
    uint32_t parent = path_tree_find(tree, row->span->trace_id, row->parent);
    if (row->invocation == TRANSACTION_NONE) {
        return parent;
    }
    if (is_server(row)) {
        uint32_t caller = transaction->invocations[row->invocation].caller;
        return parent == TRANSACTION_NONE && caller != TRANSACTION_NONE ? tree->servers[caller]
                                                                        : parent;
    }
    return assemble_platform(row) ? tree->servers[row->invocation]
                                  : parent_within(tree, row, parent);
}

struct child {
    uint32_t parent, span;
    int64_t end_ns;
};

static int by_parent(const void *one, const void *other)
{
    const struct child *a = one, *b = other;
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    if (a->end_ns != b->end_ns) {
        return a->end_ns > b->end_ns ? -1 : 1;
    }
    return (a->span > b->span) - (a->span < b->span);
}

static bool list_children(struct path_tree *tree, struct arena *arena)
{
    uint32_t count = tree->transaction->span_count, at = 0;
    size_t mark = arena_mark(arena);
    struct child *children = arena_alloc_array(arena, (size_t)count + 1, sizeof(children[0]));
    if (children == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        children[i] = (struct child){tree->parents[i], i, tree->transaction->spans[i].end_ns};
    }
    qsort(children, count, sizeof(children[0]), by_parent);
    for (uint32_t i = 0; i < count; i++) {
        tree->child_first[i] = at;
        while (at < count && children[at].parent == i) {
            tree->children[at] = children[at].span;
            at++;
        }
    }
    tree->child_first[count] = at;
    arena_rewind(arena, mark);
    return true;
}

static uint32_t *row_of_none(struct arena *arena, uint32_t count)
{
    uint32_t *row = arena_alloc_array(arena, (size_t)count + 1, sizeof(row[0]));
    for (uint32_t i = 0; row != NULL && i < count; i++) {
        row[i] = TRANSACTION_NONE;
    }
    return row;
}

bool path_tree_make(struct path_tree *tree, const struct transaction *transaction,
                    struct arena *arena)
{
    uint32_t spans = transaction->span_count, invocations = transaction->invocation_count;
    *tree = (struct path_tree){
        .transaction = transaction,
        .parents = row_of_none(arena, spans),
        .children = row_of_none(arena, spans),
        .child_first = row_of_none(arena, spans),
        .servers = row_of_none(arena, invocations),
        .handlers = row_of_none(arena, invocations),
        .inits = row_of_none(arena, invocations),
    };
    if (tree->parents == NULL || tree->children == NULL || tree->child_first == NULL ||
        tree->servers == NULL || tree->handlers == NULL || tree->inits == NULL ||
        !index_ids(tree, arena)) {
        return false;
    }
    for (uint32_t i = 0; i < spans; i++) {
        note_platform(tree, i);
    }
    for (uint32_t i = 0; i < spans; i++) {
        uint32_t parent = parent_of(tree, i);
        tree->parents[i] = parent == i ? TRANSACTION_NONE : parent;
    }
    return list_children(tree, arena);
}
