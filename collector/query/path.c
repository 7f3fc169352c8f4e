/* SPDX-License-Identifier: Apache-2.0 */
#include "query/path.h"

#include "query/assemble.h"
#include "query/path_tree.h"
#include "query/query_limits.h"

#include <stdlib.h>
#include <string.h>

struct slice path_part_name(enum path_part part)
{
    static const struct slice names[PATH_PARTS] = {
        SLICE_INIT("queue"),   SLICE_INIT("init"),    SLICE_INIT("handler"),
        SLICE_INIT("outside"), SLICE_INIT("unknown"),
    };
    return names[part];
}

/* ---- The walk. ---- */

struct walk {
    const struct transaction *transaction;
    const struct path_tree *tree;
    uint32_t *next;          /* Of each span, the child that is looked at next. */
    bool *gone;              /* Spans that were gone into, */
    bool *left;              /* and up from: never to come back to. */
    struct path_step *steps; /* The last comes first. */
    uint32_t count, most;
    int64_t at_ns; /* Where it stands. */
};

static bool walk_begin(struct walk *walk, const struct path_tree *tree, struct arena *arena)
{
    uint32_t count = tree->transaction->span_count;
    *walk = (struct walk){
        .transaction = tree->transaction,
        .tree = tree,
        .next = arena_alloc_array(arena, (size_t)count + 1, sizeof(walk->next[0])),
        .gone = arena_alloc_array(arena, (size_t)count + 1, sizeof(walk->gone[0])),
        .left = arena_alloc_array(arena, (size_t)count + 1, sizeof(walk->left[0])),
        /* One where each span is gone into, four where it is left. */
        .most = count * 5 + 8,
    };
    walk->steps = arena_alloc_array(arena, walk->most, sizeof(walk->steps[0]));
    if (walk->next == NULL || walk->gone == NULL || walk->left == NULL || walk->steps == NULL) {
        return false;
    }
    memcpy(walk->next, tree->child_first, count * sizeof(walk->next[0]));
    return true;
}

/* From a time to where the walk stands, and stand there. */
static void walk_step(struct walk *walk, int64_t start_ns, enum path_part part, uint32_t span,
                      uint32_t invocation)
{
    if (start_ns >= walk->at_ns || walk->count == walk->most) {
        return;
    }
    walk->steps[walk->count++] = (struct path_step){
        .start_ns = start_ns,
        .end_ns = walk->at_ns,
        .part = part,
        .span = span,
        .invocation = invocation,
    };
    walk->at_ns = start_ns;
}

static bool is_init(const struct walk *walk, uint32_t span)
{
    uint32_t invocation = walk->transaction->spans[span].invocation;
    return invocation != TRANSACTION_NONE && walk->tree->inits[invocation] == span;
}

static enum path_part part_of(const struct walk *walk, uint32_t span)
{
    const struct span *sent = walk->transaction->spans[span].span;
    if (is_init(walk, span)) {
        return PATH_INIT;
    }
    return sent->kind == SPAN_CLIENT || sent->kind == SPAN_PRODUCER ? PATH_OUTSIDE : PATH_HANDLER;
}

static void walk_own(struct walk *walk, int64_t start_ns, uint32_t span)
{
    walk_step(walk, start_ns, part_of(walk, span), span, walk->transaction->spans[span].invocation);
}

/* What nobody waits for: what extensions do behind the handler, and inits that came too early. */
static bool is_beside(const struct walk *walk, uint32_t span)
{
    const struct transaction_span *row = &walk->transaction->spans[span];
    if (row->invocation == TRANSACTION_NONE || !assemble_platform(row)) {
        return false;
    }
    bool cold = walk->transaction->invocations[row->invocation].facts.cold;
    return slice_equal(row->span->name, SLICE("post_handler")) || (is_init(walk, span) && !cold);
}

/* The child that had ended last, and is gone into; TRANSACTION_NONE.  A handler goes on after it
 * has answered: it counts up to where the walk stands. */
static uint32_t walk_child(struct walk *walk, uint32_t span)
{
    const struct path_tree *tree = walk->tree;
    while (walk->next[span] < tree->child_first[span + 1]) {
        uint32_t child = tree->children[walk->next[span]++];
        const struct transaction_span *row = &walk->transaction->spans[child];
        bool handler =
            row->invocation != TRANSACTION_NONE && tree->handlers[row->invocation] == child;
        bool ended = row->end_ns <= walk->at_ns || (handler && row->start_ns < walk->at_ns);
        if (ended && !walk->gone[child] && !is_beside(walk, child)) {
            return child;
        }
    }
    return TRANSACTION_NONE;
}

/* Whether a link ends at a span, or at the invocation that the span is of. */
static bool link_ends_at(const struct walk *walk, const struct member_link *link, uint32_t span)
{
    const struct transaction *transaction = walk->transaction;
    const struct transaction_span *row = &transaction->spans[span];
    uint32_t to = path_tree_find(walk->tree, link->to_trace, link->to_span);
    if (row->invocation == TRANSACTION_NONE) {
        return to == span;
    }
    const struct id16 *request = &transaction->invocations[row->invocation].facts.request_id;
    return (to != TRANSACTION_NONE && transaction->spans[to].invocation == row->invocation) ||
           (link->has_request && memcmp(&link->to_request, request, sizeof(*request)) == 0);
}

/* The latest of those who sent what was received there; TRANSACTION_NONE. */
static uint32_t walk_sender(const struct walk *walk, uint32_t span)
{
    const struct transaction *transaction = walk->transaction;
    uint32_t best = TRANSACTION_NONE;
    for (uint32_t i = 0; i < transaction->members.link_count; i++) {
        const struct member_link *link = &transaction->members.links[i];
        uint32_t from = link_ends_at(walk, link, span)
                            ? path_tree_find(walk->tree, link->from_trace, link->from_span)
                            : TRANSACTION_NONE;
        if (from != TRANSACTION_NONE && !walk->gone[from] &&
            transaction->spans[from].start_ns < walk->at_ns &&
            (best == TRANSACTION_NONE ||
             transaction->spans[from].end_ns > transaction->spans[best].end_ns)) {
            best = from;
        }
    }
    return best;
}

/* From the beginning of a span to where its caller is: the caller, or who sent what it received. */
static uint32_t walk_up(struct walk *walk, uint32_t span)
{
    const struct transaction *transaction = walk->transaction;
    uint32_t invocation = transaction->spans[span].invocation;
    uint32_t parent = walk->tree->parents[span];
    if (parent != TRANSACTION_NONE) {
        walk_step(walk, transaction->spans[parent].end_ns, PATH_UNKNOWN, TRANSACTION_NONE,
                  invocation);
        return parent;
    }
    uint32_t sender = walk_sender(walk, span);
    if (sender != TRANSACTION_NONE) {
        walk_step(walk, transaction->spans[sender].end_ns, PATH_QUEUE, TRANSACTION_NONE,
                  invocation);
        return sender;
    }
    if (invocation != TRANSACTION_NONE) {
        const struct transaction_invocation *row = &transaction->invocations[invocation];
        if (row->facts.trigger_wait_ns != UNKNOWN_NS && row->facts.trigger_wait_ns > 0) {
            walk_step(walk, walk->at_ns - row->facts.trigger_wait_ns, PATH_QUEUE, TRANSACTION_NONE,
                      invocation);
        }
    }
    return TRANSACTION_NONE;
}

/* The init before an invocation that waited for it. */
static void walk_init(struct walk *walk, uint32_t span)
{
    uint32_t invocation = walk->transaction->spans[span].invocation;
    if (invocation == TRANSACTION_NONE || walk->tree->servers[invocation] != span) {
        return;
    }
    uint32_t init = walk->tree->inits[invocation];
    if (init == TRANSACTION_NONE || walk->gone[init] || is_beside(walk, init)) {
        return;
    }
    walk->gone[init] = true;
    walk_step(walk, walk->transaction->spans[init].end_ns, PATH_UNKNOWN, TRANSACTION_NONE,
              invocation);
    walk_own(walk, walk->transaction->spans[init].start_ns, init);
}

static void walk_from(struct walk *walk, uint32_t span, int64_t end_ns)
{
    walk->at_ns = end_ns;
    while (span != TRANSACTION_NONE) {
        const struct transaction_span *row = &walk->transaction->spans[span];
        walk->gone[span] = true;
        uint32_t child = walk_child(walk, span);
        if (child != TRANSACTION_NONE && walk->transaction->spans[child].end_ns > row->start_ns) {
            walk_own(walk, walk->transaction->spans[child].end_ns, span);
            span = child;
            continue;
        }
        walk_own(walk, row->start_ns, span);
        walk_init(walk, span);
        walk->left[span] = true;
        uint32_t up = walk_up(walk, span);
        span = up != TRANSACTION_NONE && !walk->left[up] ? up : TRANSACTION_NONE;
    }
}

/* ---- Where walks end. ---- */

/* The span that ended last; of several the longest. */
static uint32_t last_span(const struct walk *walk)
{
    const struct transaction *transaction = walk->transaction;
    uint32_t last = TRANSACTION_NONE;
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        const struct transaction_span *row = &transaction->spans[i];
        if (row->clamped || row->end_ns < row->start_ns || is_beside(walk, i)) {
            continue;
        }
        if (last == TRANSACTION_NONE || row->end_ns > transaction->spans[last].end_ns) {
            last = i; /* Spans come in the order of start. */
        }
    }
    return last;
}

static bool find_path(const struct path_tree *tree, struct arena *arena, struct path *path)
{
    struct walk walk;
    uint32_t count = tree->transaction->span_count;
    path->own_ns = arena_alloc_array(arena, (size_t)count + 1, sizeof(path->own_ns[0]));
    if (path->own_ns == NULL || !walk_begin(&walk, tree, arena)) {
        return false;
    }
    uint32_t last = last_span(&walk);
    if (last != TRANSACTION_NONE) {
        walk_from(&walk, last, tree->transaction->spans[last].end_ns);
    }
    path->steps = walk.steps;
    path->count = walk.count;
    for (uint32_t i = 0; i < walk.count / 2; i++) {
        struct path_step step = walk.steps[i];
        walk.steps[i] = walk.steps[walk.count - 1 - i];
        walk.steps[walk.count - 1 - i] = step;
    }
    for (uint32_t i = 0; i < walk.count; i++) {
        const struct path_step *step = &walk.steps[i];
        if (step->span != TRANSACTION_NONE) {
            path->own_ns[step->span] += step->end_ns - step->start_ns;
        }
    }
    return true;
}

/* When an invocation had answered, corrected. */
static int64_t answered_ns(const struct transaction *transaction, uint32_t invocation,
                           int64_t end_ns)
{
    const struct transaction_invocation *row = &transaction->invocations[invocation];
    const struct invocation_facts *facts = &row->facts;
    int64_t skew_ns = transaction->instances[row->instance].skew_ns;
    if (facts->response_latency_ns != UNKNOWN_NS) {
        return facts->start_ns + facts->response_latency_ns + skew_ns +
               (facts->response_duration_ns != UNKNOWN_NS ? facts->response_duration_ns : 0);
    }
    return end_ns;
}

/* The span at whose end the one who began it all had his answer, and when; TRANSACTION_NONE: nobody
 * waited, or nobody tells. */
static uint32_t find_entry(const struct path_tree *tree, int64_t *end_ns)
{
    const struct transaction *transaction = tree->transaction;
    bool invoked = transaction->invocation_count > 0;
    uint32_t first = invoked                       ? tree->servers[0]
                     : transaction->span_count > 0 ? 0
                                                   : TRANSACTION_NONE;
    if (first == TRANSACTION_NONE ||
        (invoked && transaction->invocations[0].facts.caller_waits == 0)) {
        return TRANSACTION_NONE;
    }
    uint32_t top = first;
    for (uint32_t i = 0; i < transaction->span_count && tree->parents[top] != TRANSACTION_NONE;
         i++) {
        top = tree->parents[top];
    }
    *end_ns = transaction->spans[top].end_ns;
    if (invoked && top == first) {
        *end_ns = answered_ns(transaction, 0, *end_ns);
    }
    return top;
}

static bool find_wait(const struct path_tree *tree, struct arena *arena, struct path_wait *wait)
{
    struct walk walk;
    int64_t end_ns = UNKNOWN_NS;
    uint32_t entry = find_entry(tree, &end_ns);
    *wait = (struct path_wait){.known = entry != TRANSACTION_NONE};
    if (!wait->known) {
        return true;
    }
    if (!walk_begin(&walk, tree, arena)) {
        return false;
    }
    walk_from(&walk, entry, end_ns);
    wait->start_ns = walk.at_ns;
    wait->end_ns = end_ns;
    for (uint32_t i = 0; i < walk.count; i++) {
        const struct path_step *step = &walk.steps[i];
        wait->parts_ns[step->part] += step->end_ns - step->start_ns;
    }
    return true;
}

/* ---- Functions. ---- */

/* The row of a function, made where there is none; those beyond the limit are one. */
static struct path_function *function_of(struct path_report *report, struct slice name)
{
    for (uint32_t i = 0; i < report->function_count; i++) {
        if (slice_equal(report->functions[i].name, name)) {
            return &report->functions[i];
        }
    }
    if (report->function_count == PATH_FUNCTION_COUNT_MAX) {
        return &report->functions[PATH_FUNCTION_COUNT_MAX - 1];
    }
    bool last = report->function_count == PATH_FUNCTION_COUNT_MAX - 1;
    struct path_function *function = &report->functions[report->function_count++];
    *function = (struct path_function){
        .name = last ? SLICE("(other)") : name,
        .busy_ns = UNKNOWN_NS,
        .billed_ms = UNKNOWN_INT,
        .cost = cost_zero(),
    };
    return function;
}

static void add_known(int64_t *sum, int64_t value)
{
    if (value != UNKNOWN_NS) {
        *sum = *sum == UNKNOWN_NS ? value : *sum + value;
    }
}

static void add_invocation(struct path_report *report, const struct transaction_invocation *row)
{
    const struct invocation_facts *facts = &row->facts;
    struct path_function *function = function_of(report, row->function.name);
    function->invocations++;
    function->errors += facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT;
    function->cold_starts += facts->cold;
    add_known(&function->busy_ns,
              facts->handler_ns != UNKNOWN_NS ? facts->handler_ns : facts->reported_ns);
    add_known(&function->billed_ms, facts->billed_ms);
    cost_add(&function->cost, &row->share);
}

static void add_step(struct path_report *report, const struct transaction *transaction,
                     const struct path_step *step)
{
    if (step->span == TRANSACTION_NONE) {
        return; /* Nobody's. */
    }
    const struct resource *resource = transaction->spans[step->span].span->resource;
    struct slice name = step->invocation != TRANSACTION_NONE
                            ? transaction->invocations[step->invocation].function.name
                        : resource->function.size > 0 ? resource->function
                                                      : resource->service;
    function_of(report, name)->path_ns += step->end_ns - step->start_ns;
}

static int by_path(const void *one, const void *other)
{
    const struct path_function *a = one, *b = other;
    if (a->path_ns != b->path_ns) {
        return a->path_ns > b->path_ns ? -1 : 1;
    }
    return slice_compare(a->name, b->name);
}

static bool find_functions(const struct transaction *transaction, struct arena *arena,
                           struct path_report *report)
{
    report->functions =
        arena_alloc_array(arena, PATH_FUNCTION_COUNT_MAX, sizeof(report->functions[0]));
    if (report->functions == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        add_invocation(report, &transaction->invocations[i]);
    }
    for (uint32_t i = 0; i < report->path.count; i++) {
        add_step(report, transaction, &report->path.steps[i]);
    }
    qsort(report->functions, report->function_count, sizeof(report->functions[0]), by_path);
    return true;
}

bool path_report(const struct transaction *transaction, struct arena *arena,
                 struct path_report *report)
{
    struct path_tree tree;
    *report = (struct path_report){.function_count = 0};
    return path_tree_make(&tree, transaction, arena) && find_path(&tree, arena, &report->path) &&
           find_wait(&tree, arena, &report->wait) && find_functions(transaction, arena, report);
}
