/* SPDX-License-Identifier: Apache-2.0 */
#include "run/place.h"

#include "base/number.h"

#include <string.h>

/* What Cloud Run, Knative, of-watchdog and buildpacks take where nothing else is said. */
#define PORT_DEFAULT 8080

static struct slice variable(const char *const *environment, const char *name)
{
    size_t size = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') {
            return slice_from(*environment + size + 1);
        }
    }
    return SLICE_EMPTY;
}

static bool has(const char *const *environment, const char *name)
{
    return variable(environment, name).size > 0;
}

static enum place_kind kind_of(const char *const *environment)
{
    if (has(environment, "FUNCTIONS_CUSTOMHANDLER_PORT")) {
        return PLACE_AZURE;
    }
    if (has(environment, "K_SERVICE")) {
        /* Cloud Run speaks Knative's language and shows no Kubernetes. */
        return has(environment, "KUBERNETES_SERVICE_HOST") ? PLACE_KNATIVE : PLACE_CLOUD_RUN;
    }
    if (has(environment, "fprocess") || has(environment, "OPENFAAS_NAME")) {
        return PLACE_OPENFAAS;
    }
    return PLACE_CONTAINER;
}

static void name_port(struct place *place, const char *const *environment, const char *name)
{
    uint64_t number = 0;
    place->port_variable = name;
    place->port = PORT_DEFAULT;
    if (number_parse_u64(variable(environment, name), &number) == NUMBER_OK && number > 0 &&
        number <= UINT16_MAX) {
        place->port = (uint16_t)number;
    }
}

void place_find(struct place *place, const char *const *environment)
{
    *place = (struct place){.kind = kind_of(environment)};
    switch (place->kind) {
    case PLACE_AZURE:
        place->provider = SLICE("azure");
        place->platform = SLICE("azure.functions");
        place->name = variable(environment, "WEBSITE_SITE_NAME");
        place->region = variable(environment, "REGION_NAME");
        place->instance = variable(environment, "WEBSITE_INSTANCE_ID");
        name_port(place, environment, "FUNCTIONS_CUSTOMHANDLER_PORT");
        break;
    case PLACE_CLOUD_RUN:
        place->provider = SLICE("gcp");
        place->platform = SLICE("gcp_cloud_run");
        place->account = variable(environment, "GOOGLE_CLOUD_PROJECT");
        place->name = variable(environment, "K_SERVICE");
        place->version = variable(environment, "K_REVISION");
        name_port(place, environment, "PORT");
        break;
    case PLACE_KNATIVE:
        place->name = variable(environment, "K_SERVICE");
        place->version = variable(environment, "K_REVISION");
        place->instance = variable(environment, "HOSTNAME");
        name_port(place, environment, "PORT");
        break;
    case PLACE_OPENFAAS:
        place->name = variable(environment, "OPENFAAS_NAME");
        place->instance = variable(environment, "HOSTNAME");
        name_port(place, environment, "port");
        break;
    case PLACE_CONTAINER:
        place->instance = variable(environment, "HOSTNAME");
        name_port(place, environment, "PORT");
        break;
    }
}
