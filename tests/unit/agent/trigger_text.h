/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRIGGER_TEXT_H
#define THAW_TRIGGER_TEXT_H

#include "trigger/trigger.h"

#include <stddef.h>

/*
 * The facts of a trigger as one line, for tests: what is not known is left out.
 *
 *     sqs my-queue n=2 @1545082649183000000 | <- sns topic @... | => parent | -> link
 */
#define TRIGGER_TEXT_SIZE 16384

void trigger_text(const struct trigger *trigger, char text[TRIGGER_TEXT_SIZE]);

#endif
