/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line.h"
