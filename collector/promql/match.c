/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/match.h"

static bool number_rows(struct match *match, const struct node_binary *binary,
                        const struct grid *grid, struct label *scratch, size_t *group_of)
{
    for (size_t i = 0; i < grid->count; i++) {
        const struct label_set *labels = &grid->rows[i].labels;
        struct label_set key = binary->on ? grid_keep(labels, &binary->matching, scratch)
                                          : grid_leave(labels, &binary->matching, false, scratch);
        group_of[i] = label_groups_add(&match->groups, &key);
        if (group_of[i] == GROUPS_NONE) {
            return false;
        }
    }
    return true;
}

enum status match_init(struct eval *eval, const struct node_binary *binary, const struct grid *left,
                       const struct grid *right, struct match *match)
{
    size_t most = grid_label_count_max(left), other = grid_label_count_max(right);
    struct label *scratch =
        arena_alloc_array(eval->arena, most > other ? most : other, sizeof(*scratch));
    match->left_of = arena_alloc_array(eval->arena, left->count + 1, sizeof(size_t));
    match->right_of = arena_alloc_array(eval->arena, right->count + 1, sizeof(size_t));
    if (scratch == NULL || match->left_of == NULL || match->right_of == NULL ||
        !label_groups_init(&match->groups, eval->arena, left->count + right->count,
                           &eval->shared->run->key) ||
        !number_rows(match, binary, left, scratch, match->left_of) ||
        !number_rows(match, binary, right, scratch, match->right_of)) {
        return eval_full(eval);
    }
    return STATUS_OK;
}

/* For each group and step, whether a row of the grid has something there. */
static unsigned char *presence(struct eval *eval, const struct match *match,
                               const struct grid *grid, const size_t *group_of)
{
    unsigned char *present =
        arena_alloc_array(eval->arena, match->groups.count * eval->steps + 1, 1);
    for (size_t i = 0; i < grid->count && present != NULL; i++) {
        unsigned char *row = present + group_of[i] * eval->steps;
        for (size_t step = 0; step < eval->steps; step++) {
            row[step] |= grid_has(&grid->rows[i], step);
        }
    }
    return present;
}

/* Empty the cells where the group has something, or where it has nothing. */
static void mask(struct eval *eval, struct grid *grid, const size_t *group_of,
                 const unsigned char *present, bool where_present)
{
    for (size_t i = 0; i < grid->count; i++) {
        const unsigned char *row = present + group_of[i] * eval->steps;
        for (size_t step = 0; step < eval->steps; step++) {
            if ((row[step] != 0) == where_present) {
                grid_clear(&grid->rows[i], step);
            }
        }
    }
}

/* Rows of both, those of the left first. */
static enum status append(struct eval *eval, struct grid *left, const struct grid *right)
{
    size_t count = left->count + right->count;
    struct grid_row *rows = arena_alloc_array(eval->arena, count + 1, sizeof(*rows));
    if (rows == NULL) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = i < left->count ? left->rows[i] : right->rows[i - left->count];
    }
    left->rows = rows;
    left->count = count;
    return STATUS_OK;
}

enum status match_set(struct eval *eval, const struct node_binary *binary, struct grid *left,
                      struct grid *right)
{
    struct match match;
    enum status status = match_init(eval, binary, left, right, &match);
    if (status != STATUS_OK) {
        return status;
    }
    bool is_or = binary->operation == OPERATOR_OR;
    const unsigned char *present = is_or ? presence(eval, &match, left, match.left_of)
                                         : presence(eval, &match, right, match.right_of);
    if (present == NULL) {
        return eval_full(eval);
    }
    if (is_or) {
        mask(eval, right, match.right_of, present, true);
        grid_drop_empty(right);
        status = append(eval, left, right);
        return status == STATUS_OK ? eval_unify(eval, left, false) : status;
    }
    mask(eval, left, match.left_of, present, binary->operation == OPERATOR_UNLESS);
    grid_drop_empty(left);
    return STATUS_OK;
}
