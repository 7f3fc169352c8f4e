/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PREVIEW_API_H
#define THAW_COLLECTOR_ALERT_ALERT_PREVIEW_API_H

struct alerts;
struct web_request;

/* Answer POST /api/thaw/v1/rules/preview.  Any thread. */
void alert_preview_api(struct alerts *alerts, struct web_request *request);

#endif
