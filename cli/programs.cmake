# Subcommands of weftctl that are programs of their own.
set(WEFT_CLI_PROGRAMS
    changes.c completion.c completion_words.c debug_command.c diff_command.c explain_command.c
    manual.c program.c watch_command.c whatif.c whatif_command.c words.c)

# Called when weftctl is known: its manual pages and completions, made from
# the commands it has, in build/man/ and build/completion/.
function(weft_cli_documents)
    foreach(page weftctl ovn-nbctl ovn-sbctl trace detrace diff watch whatif
            explain debug)
        string(REPLACE ovn- weft- file ${page})
        if(NOT file MATCHES "^weft")
            set(file weftctl-${page})
        endif()
        add_custom_command(TARGET weftctl POST_BUILD
            COMMAND ${CMAKE_COMMAND} -E make_directory
                ${PROJECT_BINARY_DIR}/man
            COMMAND $<TARGET_FILE:weftctl> help --man ${page}
                > ${PROJECT_BINARY_DIR}/man/${file}.1
            COMMAND gzip -9nkf ${PROJECT_BINARY_DIR}/man/${file}.1)
    endforeach()
    foreach(shell bash zsh)
        add_custom_command(TARGET weftctl POST_BUILD
            COMMAND ${CMAKE_COMMAND} -E make_directory
                ${PROJECT_BINARY_DIR}/completion
            COMMAND $<TARGET_FILE:weftctl> completion ${shell}
                > ${PROJECT_BINARY_DIR}/completion/weftctl.${shell})
    endforeach()
endfunction()

weft_python_test(system cli_etcd
    ${PROJECT_SOURCE_DIR}/tests/system/cli_etcd.py TIMEOUT 180)
