/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/azure.h"
