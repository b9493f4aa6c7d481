/* weftctl help: a tool's help, or its manual page, both from the tables that
 * the commands are run by. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/completion.h"
#include "cli/options.h"
#include "cli/tool.h"
#include "util.h"

/* Text where troff must not see its own signs. */
static void
put_text(const char *text)
{
    if (*text == '.' || *text == '\'') {
        fputs("\\&", stdout);
    }
    for (; *text; text++) {
        if (*text == '\\') {
            fputs("\\e", stdout);
        } else if (*text == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*text);
        }
    }
}

static void
put_command(const struct command *command)
{
    fputs(".TP\n.B ", stdout);
    put_text(command->name);
    putchar('\n');
    for (const char *spec = command->options; spec && *spec; ) {
        size_t n = strcspn(spec, ",=?");
        char *name = xmemdup0(spec, n);

        fputs("[\\fB", stdout);
        put_text(name);
        printf("\\fR%s] ", spec[n] == '=' ? "=\\fIVALUE\\fR"
               : spec[n] == '?' ? "[=\\fIVALUE\\fR]" : "");
        free(name);
        spec += strcspn(spec, ",");
        spec += *spec == ',';
    }
    fputs("\\fB", stdout);
    put_text(command->name);
    fputs("\\fR ", stdout);
    put_text(command->arguments);
    printf("%s\n", command->writes ? "" : "\n(reads only)");
}

static void
put_subcommands(void)
{
    const struct subcommand *subcommand;

    printf(".SH OTHER TOOLS\nEach has its own\n.BR \\-\\-help .\n");
    for (size_t i = 0; (subcommand = subcommand_at(i)); i++) {
        printf(".TP\n.B weftctl %s\n", subcommand->name);
        put_text(subcommand->help);
        putchar('\n');
    }
}

static void
put_page(const struct tool *tool)
{
    printf(".TH %s 1 \"\" \"Weft %s\" \"Weft Manual\"\n.SH NAME\n",
           tool->name, WEFT_VERSION);
    put_text(tool->name);
    fputs(" \\- ", stdout);
    put_text(tool->summary);
    printf("\n.SH SYNOPSIS\n.B ");
    put_text(tool->name);
    printf("\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARG\\fR...] "
           "[\\-\\- [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARG\\fR...]]...\n"
           ".SH DESCRIPTION\n"
           "Reads and changes Weft's virtual network in etcd. All commands "
           "of a line are one transaction. What a command does is what "
           "ovn\\-nbctl(8) and ovn\\-sbctl(8) say of it; differences are in "
           "docs/cli\\-differences.md.\n");
    for (command_groups *group = tool->groups; *group; group++) {
        printf(".SH %s COMMANDS\n", (*group)->title);
        for (size_t i = 0; i < (*group)->n_commands; i++) {
            put_command(&(*group)->commands[i]);
        }
    }
    if (!strcmp(tool->name, "weftctl")) {
        put_subcommands();
    }
    printf(".SH OPTIONS\n.nf\n");
    options_print_help();
    printf(".fi\n.SH EXIT STATUS\n0: done. 1: an error, told on standard "
           "error. 2: a question whose answer is no, such as\n"
           ".BR explain 's.\n");
}

int
help_main(int argc, char *argv[])
{
    bool man = argc > 1 && !strcmp(argv[1], "--man");
    const char *name = argc > 1 + man ? argv[1 + man] : "weftctl";
    const struct tool *tool = tool_by_name(name);
    const struct subcommand *subcommand = subcommand_by_name(name);
    char help[] = "--help";
    char *words[] = { CONST_CAST(char *, name), help, NULL };

    if (tool && man) {
        put_page(tool);
        return EXIT_SUCCESS;
    } else if (tool) {
        return tool_run(tool, 2, words);
    } else if (subcommand && !man) {
        return subcommand->main(2, words);
    }
    fprintf(stderr, "usage: weftctl help [--man] [weftctl|ovn-nbctl|"
            "ovn-sbctl] or weftctl help SUBCOMMAND\n");
    return EXIT_FAILURE;
}
