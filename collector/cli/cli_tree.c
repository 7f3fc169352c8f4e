/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_tree.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/* Ids come from outside, but an answer is read once and at most one page is slow. */
static const struct hash_key key = {{UINT64_C(0x746861772d747265), UINT64_C(0x652d736970686173)}};

struct lookup {
    const struct cli_tree_node *nodes;
    size_t node_count;
    const struct cli_tree_span *spans;
    struct slice wanted;
};

/* Rows below node_count are nodes, the others spans. */
static bool is_wanted(const void *context, uint32_t row)
{
    const struct lookup *lookup = context;
    const struct slice id = row < lookup->node_count
                                ? lookup->nodes[row].span_id
                                : lookup->spans[row - lookup->node_count].span_id;
    return slice_equal(id, lookup->wanted);
}

static size_t find_parent(const struct map *map, struct lookup *lookup, struct slice span_id)
{
    uint32_t row = 0;
    lookup->wanted = span_id;
    if (span_id.size == 0 || !map_find(map, hash_sip64(&key, span_id), is_wanted, lookup, &row)) {
        return SIZE_MAX;
    }
    return row < lookup->node_count ? row : lookup->spans[row - lookup->node_count].node;
}

/* The depth of a node, or SIZE_MAX if its parents go round in a circle. */
static size_t depth_of(const struct cli_tree_node *nodes, size_t node_count, size_t at)
{
    size_t depth = 0;
    while (nodes[at].parent != SIZE_MAX) {
        at = nodes[at].parent;
        depth++;
        if (depth > node_count) {
            return SIZE_MAX;
        }
    }
    return depth;
}

/* Index everything by its span id.  False without memory. */
static bool index_ids(struct map *map, const struct lookup *lookup, size_t span_count)
{
    for (size_t i = 0; i < lookup->node_count + span_count; i++) {
        struct slice id = i < lookup->node_count ? lookup->nodes[i].span_id
                                                 : lookup->spans[i - lookup->node_count].span_id;
        if (id.size > 0 && map_insert(map, hash_sip64(&key, id), (uint32_t)i) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

static void link_parents(struct cli_tree_node *nodes, const struct map *map, struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->node_count; i++) {
        size_t parent = find_parent(map, lookup, nodes[i].parent_span_id);
        nodes[i].parent = parent == i ? SIZE_MAX : parent;
    }
    for (size_t i = 0; i < lookup->node_count; i++) {
        nodes[i].depth = depth_of(nodes, lookup->node_count, i);
        if (nodes[i].depth == SIZE_MAX) {
            nodes[i].parent = SIZE_MAX;
            nodes[i].depth = 0;
        }
    }
    /* Cutting a circle changes the depths of those who hung in it. */
    for (size_t i = 0; i < lookup->node_count; i++) {
        nodes[i].depth = depth_of(nodes, lookup->node_count, i);
    }
}

/* Depth first without recursion: lists of children, linked backwards so that the first comes out
 * first of the stack. */
static void draw_order(const struct cli_tree_node *nodes, size_t count, size_t *order,
                       size_t *first_child, size_t *next_sibling, size_t *stack)
{
    size_t root = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        first_child[i] = SIZE_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        size_t *list = nodes[i].parent == SIZE_MAX ? &root : &first_child[nodes[i].parent];
        next_sibling[i] = *list;
        *list = i;
    }
    /* Lists hold the last one first: pushing them in that order pops the first one first. */
    size_t used = 0;
    size_t drawn = 0;
    for (size_t i = root; i != SIZE_MAX; i = next_sibling[i]) {
        stack[used] = i;
        used++;
    }
    while (used > 0) {
        used--;
        size_t at = stack[used];
        order[drawn] = at;
        drawn++;
        for (size_t i = first_child[at]; i != SIZE_MAX; i = next_sibling[i]) {
            stack[used] = i;
            used++;
        }
    }
}

const size_t *cli_tree_order(struct cli_tree_node *nodes, size_t node_count,
                             const struct cli_tree_span *spans, size_t span_count,
                             struct arena *arena)
{
    if (node_count == 0 || node_count + span_count > UINT32_MAX / 2) {
        return NULL;
    }
    size_t *memory = arena_alloc_array(arena, node_count, 4 * sizeof(*memory));
    struct map map;
    struct lookup lookup = {.nodes = nodes, .node_count = node_count, .spans = spans};
    map_init_growing(&map, node_count + span_count);
    if (memory == NULL || !index_ids(&map, &lookup, span_count)) {
        map_fini(&map);
        return NULL;
    }
    link_parents(nodes, &map, &lookup);
    map_fini(&map);
    draw_order(nodes, node_count, memory, memory + node_count, memory + 2 * node_count,
               memory + 3 * node_count);
    return memory;
}
