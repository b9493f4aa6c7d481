/* weftctl completion: a script that completes command lines in bash or zsh.
 *
 * The script hands what has been typed to "weftctl completion --line", which
 * says what can follow (completion_words.c): the shells know nothing of
 * commands. */
#include <config.h>

#include "cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define TOOLS "weftctl ovn-nbctl ovn-sbctl ovn-trace ovn-detrace ovn-appctl"

/* The weftctl that stands beside the tool that was typed. */
#define FIND_WEFTCTL                                                    \
    "    tool=${tool/#\\~/$HOME}\n"                                     \
    "    [[ $tool == */* ]] && weftctl=${tool%/*}/weftctl\n"

static const char bash_script[] =
    "# weftctl's completion for bash: . <(weftctl completion bash)\n"
    "_weftctl() {\n"
    "    local tool=${COMP_WORDS[0]} weftctl=weftctl\n"
    FIND_WEFTCTL
    "    mapfile -t COMPREPLY < <(\"$weftctl\" completion --bash --line \\\n"
    "        \"${COMP_LINE:0:COMP_POINT}\" 2>/dev/null)\n"
    "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null\n"
    "    return 0\n"
    "}\n"
    "complete -F _weftctl " TOOLS "\n";

static const char zsh_script[] =
    "#compdef " TOOLS "\n"
    "# weftctl's completion for zsh: . <(weftctl completion zsh)\n"
    "_weftctl() {\n"
    "    local tool=${words[1]} weftctl=weftctl\n"
    "    local -a answers\n"
    FIND_WEFTCTL
    "    answers=(${(f)\"$(\"$weftctl\" completion --line \\\n"
    "        \"${(j: :)words[1,CURRENT]}\" 2>/dev/null)\"})\n"
    "    compadd -Q -S '' -- ${(M)answers:#*=}\n"
    "    compadd -Q -- ${answers:#*=}\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _weftctl ]; then\n"
    "    _weftctl \"$@\"\n"
    "else\n"
    "    (( $+functions[compdef] )) || { autoload -Uz compinit; "
    "compinit -u }\n"
    "    compdef _weftctl " TOOLS "\n"
    "fi\n";

static void
print_usage(FILE *stream)
{
    fprintf(stream, "usage: weftctl completion bash|zsh\n"
            "       weftctl completion [--bash] --line LINE\n"
            "Prints a script; in bash: . <(weftctl completion bash)\n"
            "With --line, what can follow on a command line.\n");
}

int
completion_main(int argc, char *argv[])
{
    bool for_bash = argc == 4 && !strcmp(argv[1], "--bash");

    if (argc == 2 && !strcmp(argv[1], "bash")) {
        fputs(bash_script, stdout);
    } else if (argc == 2 && !strcmp(argv[1], "zsh")) {
        fputs(zsh_script, stdout);
    } else if (argc == 3 + for_bash && !strcmp(argv[argc - 2], "--line")) {
        completion_print_words(argv[argc - 1], for_bash);
    } else if (argc == 2 && (!strcmp(argv[1], "--help")
                             || !strcmp(argv[1], "-h"))) {
        print_usage(stdout);
    } else {
        print_usage(stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
