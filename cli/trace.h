/* weftctl trace, ovn-trace(8): what would become of a packet. */
#ifndef WEFT_CLI_TRACE_H
#define WEFT_CLI_TRACE_H 1

/* The program; argv[0] is its name.  Returns its exit status. */
int trace_main(int argc, char *argv[]);

#endif
