/* weftctl help: a tool's help, or its manual page, both from the tables that
 * the commands are run by; the page of a subcommand is its help. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/completion.h"
#include "cli/options.h"
#include "cli/tool.h"
#include "openvswitch/dynamic-string.h"
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

/* What a subcommand prints with --help. The caller frees it. */
static char *
capture_help(const struct subcommand *subcommand)
{
    char help[] = "--help";
    char *words[] = { CONST_CAST(char *, subcommand->name), help, NULL };
    FILE *output = tmpfile();
    struct ds text = DS_EMPTY_INITIALIZER;
    char line[1024];
    pid_t pid;

    fflush(stdout);
    pid = output ? fork() : -1;
    if (!pid) {
        /* It may end the process. */
        dup2(fileno(output), STDOUT_FILENO);
        exit(subcommand->main(2, words));
    }
    if (pid > 0 && waitpid(pid, NULL, 0) == pid) {
        rewind(output);
        while (fgets(line, sizeof line, output)) {
            ds_put_cstr(&text, line);
        }
    }
    if (output) {
        fclose(output);
    }
    return ds_steal_cstr(&text);
}

/* A page with the help of a subcommand as it is. */
static void
put_subcommand_page(const struct subcommand *subcommand)
{
    char *help = capture_help(subcommand);

    printf(".TH weftctl\\-%s 1 \"\" \"Weft %s\" \"Weft Manual\"\n"
           ".SH NAME\nweftctl\\-%s \\- ", subcommand->name, WEFT_VERSION,
           subcommand->name);
    put_text(subcommand->help);
    printf("\n.SH DESCRIPTION\n.nf\n");
    for (char *line = help, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        next += *next == '\n' ? (*next = '\0', 1) : 0;
        put_text(line);
        putchar('\n');
    }
    printf(".fi\n.SH SEE ALSO\n.BR weftctl (1)\n");
    free(help);
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
    } else if (subcommand && man) {
        put_subcommand_page(subcommand);
        return EXIT_SUCCESS;
    } else if (subcommand) {
        return subcommand->main(2, words);
    }
    fprintf(stderr, "usage: weftctl help [--man] [weftctl|ovn-nbctl|"
            "ovn-sbctl|SUBCOMMAND]\n");
    return EXIT_FAILURE;
}
