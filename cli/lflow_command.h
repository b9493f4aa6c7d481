/* weftctl lflow: the logical-flow language's own tool (lflow/tool.h), on what
 * the live store holds. */
#ifndef WEFT_CLI_LFLOW_COMMAND_H
#define WEFT_CLI_LFLOW_COMMAND_H 1

/* The program; argv[0] is its name.  Returns its exit status: the tool's, or
 * 1 where the store could not be read. */
int lflow_command_main(int argc, char *argv[]);

#endif
