/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TEMPO_TAGS_H
#define THAW_TRACES_TEMPO_TAGS_H

#include "api/api_call.h"

/*
 * Which tags there are and which values they have, among the latest 10,000 spans that a query
 * wants; services are all that there are.  A query that is not finished yet, or that is not
 * supported, asks for everything: people are still typing it.
 */
void tempo_tags(struct api_call *call);
void tempo_tags_v2(struct api_call *call);
void tempo_tag_values(struct api_call *call);    /* rest: "{tag}/values" */
void tempo_tag_values_v2(struct api_call *call); /* */

#endif
