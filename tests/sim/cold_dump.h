/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SIM_COLD_DUMP_H
#define THAW_TESTS_SIM_COLD_DUMP_H

#include "query/transaction.h"

/*
 * All that an answer says of a transaction, as lines in an order of their own.  Left out is what a
 * cold answer does not tell (model/partial.h): which numbered records are missing, and the init
 * that nobody waited for of an invocation whose report has not come.  Free it with free().
 */
char *cold_dump(const struct transaction *transaction);

#endif
