# Subcommands of weftctl that are programs of their own.
set(WEFT_CLI_PROGRAMS
    changes.c debug_command.c diff_command.c explain_command.c program.c watch_command.c whatif.c
    whatif_command.c words.c)

weft_python_test(system cli_etcd
    ${PROJECT_SOURCE_DIR}/tests/system/cli_etcd.py TIMEOUT 180)
