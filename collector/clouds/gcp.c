/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/gcp.h"
