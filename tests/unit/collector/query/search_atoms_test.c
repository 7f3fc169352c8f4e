/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search_private.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static _Alignas(16) unsigned char memory[1 << 18];

/* The atoms of a query, as letters: f of facts, r of records, in capitals where all depends on
 * them. */
static void check_atoms(const char *text, const char *expected)
{
    struct arena arena;
    struct search_expr expr;
    struct search_error error;
    struct search_atoms atoms;
    char shown[SEARCH_TERM_COUNT_MAX + 1] = {0};
    arena_init(&arena, memory, sizeof(memory));
    assert_true(search_parse(slice_from(text), &arena, &expr, &error));
    search_atoms_make(&expr, &atoms);
    for (uint32_t i = 0; i < atoms.count; i++) {
        const struct search_atom *atom = &atoms.items[i];
        shown[i] = atom->facts ? (atom->needed ? 'F' : 'f') : (atom->needed ? 'R' : 'r');
    }
    assert_string_equal(shown, expected);
}

static void atoms_of_queries(void **state)
{
    (void)state;
    check_atoms("", "");
    check_atoms("cold", "F");
    check_atoms("declined", "R");
    check_atoms("cold declined", "FR");
    check_atoms("cold -declined", "Fr");
    check_atoms("cold OR declined", "fr");
    check_atoms("(cold OR declined) errors", "RF");
    check_atoms("(function:a duration:>1s) level:error", "FR");
    check_atoms("-(a b) (c OR -d) name:x", "rRR");
    check_atoms("a b OR c d", "rrrr");
}

/* What is known of a query, for what is known of each atom: n, y or ? */
static void check_truth(const char *text, const char *known, enum search_truth expected)
{
    struct arena arena;
    struct search_expr expr;
    struct search_error error;
    struct search_atoms atoms;
    struct search_known all = {{0}};
    arena_init(&arena, memory, sizeof(memory));
    assert_true(search_parse(slice_from(text), &arena, &expr, &error));
    search_atoms_make(&expr, &atoms);
    assert_int_equal(atoms.count, strlen(known));
    for (uint32_t i = 0; i < atoms.count; i++) {
        all.truths[i] = known[i] == 'n' ? SEARCH_NO : known[i] == 'y' ? SEARCH_YES : SEARCH_UNKNOWN;
    }
    assert_int_equal(search_atoms_truth(&expr, &atoms, &all), expected);
}

static void truths_of_queries(void **state)
{
    (void)state;
    check_truth("", "", SEARCH_YES);
    check_truth("a", "?", SEARCH_UNKNOWN);
    check_truth("-a", "y", SEARCH_NO);
    check_truth("-a", "?", SEARCH_UNKNOWN);
    check_truth("a b", "y?", SEARCH_UNKNOWN);
    check_truth("a b", "n?", SEARCH_NO);
    check_truth("a OR b", "y?", SEARCH_YES);
    check_truth("a OR b", "n?", SEARCH_UNKNOWN);
    check_truth("a -b", "yn", SEARCH_YES);
    check_truth("(a b) c", "yy", SEARCH_YES);
    check_truth("-(a b) c", "ny", SEARCH_YES);
    check_truth("a b OR -(c d) e", "ynny", SEARCH_YES);
    check_truth("a b OR -(c d) e", "ynyy", SEARCH_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(atoms_of_queries),
        cmocka_unit_test(truths_of_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
