/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/match.h"

#include "promql/operate.h"
#include "promql/text.h"

#define NO_ROW UINT32_MAX

/* An operation between two vectors.  many and one are the sides; without group_left and group_right
 * the left one is many, and its rows may have one partner each, too. */
struct operation {
    const struct node_binary *binary;
    struct grid *many, *one;
    const size_t *many_of, *one_of; /* Groups of their rows. */
    struct match match;
    uint32_t *owners;       /* For each group and step, the row of one that has something there. */
    unsigned char *matched; /* The same, whether a row of many was matched (one to one). */
    struct growing results; /* of struct grid_row */
};

/* --- errors ----------------------------------------------------------------------------------- */

static enum status duplicate(struct eval *eval, const struct operation *operation, size_t row,
                             size_t other)
{
    char text[PROMQL_MESSAGE_SIZE_MAX];
    struct buf out;
    const struct grid_row *rows = operation->one->rows;
    const struct label_set *first = &rows[row].labels, *second = &rows[other].labels;
    if (labels_compare(first, second) > 0) {
        const struct label_set *swapped = first;
        first = second;
        second = swapped;
    }
    buf_init_fixed(&out, text, sizeof(text));
    text_labels(&operation->match.groups.sets[operation->one_of[row]], &out);
    buf_append_text(&out,
                    operation->binary->card == CARD_ONE_TO_MANY ? " on the left" : " on the right");
    buf_append_text(&out, " hand-side of the operation: [");
    text_labels(first, &out);
    buf_append_text(&out, ", ");
    text_labels(second, &out);
    struct slice shown = buf_bytes(&out);
    return eval_fail(eval, STATUS_BAD,
                     "found duplicate series for the match group " SLICE_FMT
                     "];many-to-many matching not allowed: matching labels must be unique on one "
                     "side",
                     SLICE_ARG(shown));
}

/* --- the one side ----------------------------------------------------------------------------- */

static enum status find_owners(struct eval *eval, struct operation *operation)
{
    size_t cells = operation->match.groups.count * eval->steps;
    operation->owners = arena_alloc_array(eval->arena, cells + 1, sizeof(*operation->owners));
    operation->matched = arena_alloc_array(eval->arena, cells + 1, 1);
    if (operation->owners == NULL || operation->matched == NULL) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < cells; i++) {
        operation->owners[i] = NO_ROW;
    }
    for (size_t i = 0; i < operation->one->count; i++) {
        uint32_t *owners = operation->owners + operation->one_of[i] * eval->steps;
        for (size_t step = 0; step < eval->steps; step++) {
            if (!grid_has(&operation->one->rows[i], step)) {
                continue;
            }
            if (owners[step] != NO_ROW) {
                return duplicate(eval, operation, i, owners[step]);
            }
            owners[step] = (uint32_t)i;
        }
    }
    return STATUS_OK;
}

/* --- labels of a result ----------------------------------------------------------------------- */

/* Whether the name says nothing of the result. */
static bool drops_name(const struct node_binary *binary)
{
    return binary->returns_bool || !operator_compares(binary->operation);
}

static bool result_labels(struct eval *eval, const struct operation *operation,
                          const struct label_set *many, const struct label_set *one,
                          struct label_set *labels)
{
    const struct node_binary *binary = operation->binary;
    struct label_set made = *many;
    if (drops_name(binary) && !grid_without_name(many, eval->arena, &made)) {
        return false;
    }
    if (binary->card == CARD_ONE_TO_ONE && (binary->on || binary->matching.count > 0)) {
        struct label *items = arena_alloc_array(eval->arena, made.count + 1, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        made = binary->on ? grid_keep(&made, &binary->matching, items)
                          : grid_leave(&made, &binary->matching, true, items);
    }
    for (size_t i = 0; i < binary->include.count; i++) {
        struct label label = {binary->include.names[i],
                              labels_value(one, binary->include.names[i])};
        if (!grid_with_label(&made, eval->arena, &label, &made)) {
            return false;
        }
    }
    *labels = made;
    return true;
}

/* The row of the result of two rows; the latest one of this row of many is tried first. */
struct pairing {
    uint32_t one;
    size_t result; /* Index in results. */
};

static struct grid_row *result_row(struct eval *eval, struct operation *operation, size_t many,
                                   uint32_t one, struct pairing *pairing)
{
    if (pairing->one != one) {
        struct grid_row *row = growing_push(&operation->results);
        if (row == NULL || !grid_row_init(row, eval->arena, eval->steps) ||
            !result_labels(eval, operation, &operation->many->rows[many].labels,
                           &operation->one->rows[one].labels, &row->labels)) {
            return NULL;
        }
        pairing->one = one;
        pairing->result = operation->results.count - 1;
    }
    return (struct grid_row *)operation->results.items + pairing->result;
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum status operate_cell(struct eval *eval, struct operation *operation, size_t many,
                                size_t step, struct pairing *pairing)
{
    const struct node_binary *binary = operation->binary;
    size_t cell = operation->many_of[many] * eval->steps + step;
    uint32_t one = operation->owners[cell];
    if (one == NO_ROW || !grid_has(&operation->many->rows[many], step)) {
        return STATUS_OK;
    }
    struct point left = operate_point_of(&operation->many->rows[many], step);
    struct point right = operate_point_of(&operation->one->rows[one], step);
    bool swapped = binary->card == CARD_ONE_TO_MANY;
    struct point result;
    enum operate_answer answer = operate_points(eval, binary->operation, swapped ? &right : &left,
                                                swapped ? &left : &right, &result);
    if (answer == OPERATE_FULL) {
        return eval_full(eval);
    }
    if (answer == OPERATE_NOTHING) {
        return STATUS_OK;
    }
    if (binary->card == CARD_ONE_TO_ONE) {
        if (operation->matched[cell]) {
            return eval_fail(eval, STATUS_BAD,
                             "multiple matches for labels: many-to-one matching must be explicit "
                             "(group_left/group_right)");
        }
        operation->matched[cell] = 1;
    }
    if (binary->returns_bool) {
        result = (struct point){.value = answer == OPERATE_KEPT ? 1 : 0};
    } else if (answer == OPERATE_DROPPED) {
        return STATUS_OK;
    }
    struct grid_row *row = result_row(eval, operation, many, one, pairing);
    return row == NULL ? eval_full(eval) : operate_put(eval, row, step, &result);
}

enum status match_operate(struct eval *eval, const struct node_binary *binary, struct grid *left,
                          struct grid *right, struct grid *result)
{
    struct operation operation = {.binary = binary};
    operation.results = growing_of(eval->arena, sizeof(struct grid_row));
    enum status status = match_init(eval, binary, left, right, &operation.match);
    if (status != STATUS_OK) {
        return status;
    }
    bool swapped = binary->card == CARD_ONE_TO_MANY;
    operation.many = swapped ? right : left;
    operation.one = swapped ? left : right;
    operation.many_of = swapped ? operation.match.right_of : operation.match.left_of;
    operation.one_of = swapped ? operation.match.left_of : operation.match.right_of;
    status = find_owners(eval, &operation);
    for (size_t i = 0; i < operation.many->count && status == STATUS_OK; i++) {
        struct pairing pairing = {.one = NO_ROW};
        for (size_t step = 0; step < eval->steps && status == STATUS_OK; step++) {
            status = operate_cell(eval, &operation, i, step, &pairing);
        }
        status = status == STATUS_OK ? eval_count(eval, eval->steps) : status;
    }
    *result = (struct grid){operation.results.items, operation.results.count, eval->steps};
    return status == STATUS_OK ? eval_unify(eval, result, false) : status;
}
