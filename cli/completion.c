/* weftctl completion: what can follow on a command line, as a script for
 * bash or zsh. The words come from the tables that the commands are run by,
 * so that they are never behind. */
#include <config.h>

#include "cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/tool.h"
#include "util.h"

typedef void command_cb(const struct command *command);

static void
for_each_command(const struct tool *tool, command_cb *cb)
{
    for (command_groups *group = tool->groups; *group; group++) {
        for (size_t i = 0; i < (*group)->n_commands; i++) {
            cb(&(*group)->commands[i]);
        }
    }
}

static void
print_name(const struct command *command)
{
    printf("%s ", command->name);
}

/* "--a,--b=,--c?" as words; what takes a value ends with '='. */
static void
print_options(const char *spec)
{
    while (spec && *spec) {
        size_t n = strcspn(spec, ",");

        printf("%.*s ", (int) (spec[n - 1] == '?' ? n - 1 : n), spec);
        spec += n;
        spec += *spec == ',';
    }
}

static void
print_options_case(const struct command *command)
{
    if (command->options && command->options[0]) {
        printf("    %s) echo '", command->name);
        print_options(command->options);
        printf("' ;;\n");
    }
}

static void
print_command_function(const struct tool *tool)
{
    printf("_weft_commands_%s='", !strcmp(tool->name, "weftctl") ? "weft"
           : tool->name + 4);
    for_each_command(tool, print_name);
    if (!strcmp(tool->name, "weftctl")) {
        const struct subcommand *subcommand;

        for (size_t i = 0; (subcommand = subcommand_at(i)); i++) {
            printf("%s ", subcommand->name);
        }
    }
    printf("'\n");
}

/* Options precede the command that they belong to: those offered are the
 * global ones before the first command, and a command's own after a "--",
 * when its name stands to the right of the cursor, or as all there are. */
static const char bash_function[] =
    "_weftctl() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} commands=$_weft_commands_weft\n"
    "    local i=1 word command= options=$_weft_global_options\n"
    "    COMPREPLY=()\n"
    "    case ${COMP_WORDS[0]##*/} in\n"
    "    ovn-nbctl) commands=$_weft_commands_nbctl ;;\n"
    "    ovn-sbctl) commands=$_weft_commands_sbctl ;;\n"
    "    esac\n"
    "    for ((; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        case $word in\n"
    "        --) command= options= ;;\n"
    "        -*) ;;\n"
    "        nb) [ -n \"$command\" ] || commands=$_weft_commands_nbctl ;;\n"
    "        sb) [ -n \"$command\" ] || commands=$_weft_commands_sbctl ;;\n"
    "        *) [ \"${COMP_WORDS[i-1]}\" = = ] || command=${command:-$word}"
    " ;;\n"
    "        esac\n"
    "    done\n"
    "    if [ -n \"$command\" ]; then\n"
    "        case $command in\n"
    "        list|find|get|set|add|remove|clear|create|destroy|wait-until)\n"
    "            [ \"${COMP_WORDS[COMP_CWORD-1]}\" = \"$command\" ] &&\n"
    "                COMPREPLY=($(compgen -W \"$_weft_tables\" -- \"$cur\"))"
    " ;;\n"
    "        completion) COMPREPLY=($(compgen -W 'bash zsh' -- \"$cur\")) ;;\n"
    "        explain) COMPREPLY=($(compgen -W 'lsp' -- \"$cur\")) ;;\n"
    "        debug) COMPREPLY=($(compgen -W 'weft-translator weft-agent "
    "weft-api' -- \"$cur\")) ;;\n"
    "        esac\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        for word in $commands; do\n"
    "            options+=\" $(_weft_options \"$word\")\"\n"
    "        done\n"
    "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
    "    else\n"
    "        COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n"
    "    fi\n"
    "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null\n"
    "    return 0\n"
    "}\n"
    "complete -F _weftctl weftctl ovn-nbctl ovn-sbctl\n";

static void
print_tables(const struct view *view)
{
    for (const struct view_table *const *t = view->tables; *t; t++) {
        printf("%s ", (*t)->name);
    }
}

static void
print_script(void)
{
    static const char *const names[] = { "weftctl", "ovn-nbctl",
                                         "ovn-sbctl" };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        print_command_function(tool_by_name(names[i]));
    }
    printf("_weft_global_options='");
    fflush(stdout);
    options_print_names();
    printf("'\n_weft_global_options=${_weft_global_options//=ARG/=}\n"
           "_weft_tables='");
    print_tables(tool_by_name("ovn-nbctl")->view);
    print_tables(tool_by_name("ovn-sbctl")->view);
    printf("'\n_weft_options() {\n    case $1 in\n");
    for_each_command(tool_by_name("weftctl"), print_options_case);
    printf("    esac\n}\n%s", bash_function);
}

int
completion_main(int argc, char *argv[])
{
    if (argc == 2 && !strcmp(argv[1], "bash")) {
        printf("# weftctl's completion for bash: . <(weftctl completion "
               "bash)\n");
        print_script();
    } else if (argc == 2 && !strcmp(argv[1], "zsh")) {
        /* zsh runs bash's functions, given its own pieces of the line. */
        printf("#compdef weftctl ovn-nbctl ovn-sbctl\n"
               "# weftctl's completion for zsh: . <(weftctl completion "
               "zsh)\n"
               "autoload -Uz compinit bashcompinit\n"
               "compinit -u && bashcompinit\n");
        print_script();
    } else {
        bool help = argc == 2 && (!strcmp(argv[1], "--help")
                                  || !strcmp(argv[1], "-h"));

        fprintf(help ? stdout : stderr,
                "usage: weftctl completion bash|zsh\n"
                "Prints a script; in bash: . <(weftctl completion bash)\n");
        return help ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
