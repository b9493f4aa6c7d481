/* weftctl lflow as a program of its own, for tests. */
#include <config.h>

#include "lflow/tool.h"

int
main(int argc, char *argv[])
{
    return lflow_tool_main(argc, argv, NULL, NULL, stdin, stdout, stderr);
}
