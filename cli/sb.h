/* The southbound commands. */
#ifndef WEFT_CLI_SB_H
#define WEFT_CLI_SB_H 1

#include "cli/command.h"

#endif
