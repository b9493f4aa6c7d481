/* The southbound keys as OVN's tables. */
#include <config.h>

#include "cli/view.h"

static const struct view_table *const tables[] = { NULL };

const struct view sb_view = { "sb", tables };
