/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_ENCODE_METRIC_H
#define THAW_STREAMS_ENCODE_METRIC_H

#include "streams/encode_body.h"

/* An embedded metric as a gauge with a data point per value, appended to a body of metrics. */
void encode_metric(struct encode_body *body, const struct stream_metric *metric);

#endif
