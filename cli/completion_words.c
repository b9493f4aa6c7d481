/* What can follow on a command line, for the shells' completion.
 *
 * Commands, their options, tables and columns come from the tables that
 * commands are run by, options of subcommands from their help, names of rows
 * from the store, of which only keys that begin as the word does are read. */
#include <config.h>

#include "cli/completion.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/fetch.h"
#include "cli/options.h"
#include "cli/tool.h"
#include "cli/words.h"
#include "lib/settings.h"
#include "store/config.h"
#include "store/keys.h"
#include "store/store.h"
#include "svec.h"
#include "util.h"

enum {
    MAX_ROWS = 300,             /* More are of no use to anybody. */
    TIMEOUT_MS = 1500,          /* Somebody waits. */
};

struct completion {
    struct svec words;          /* The last is being typed. */
    const char *word;           /* That one. */
    struct svec answers;
    struct settings *settings;  /* Where the store is. */
};

/* ---- Answers ----------------------------------------------------------- */

static void
offer(struct completion *c, const char *answer)
{
    if (!strncmp(answer, c->word, strlen(c->word))) {
        svec_add(&c->answers, answer);
    }
}

/* Each of the words of 'text'. */
static void
offer_each(struct completion *c, const char *text)
{
    char *copy = xstrdup(text), *save = NULL;

    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        offer(c, word);
    }
    free(copy);
}

/* A line of what weftctl prints, cut as 'cut' says. */
typedef void line_cb(struct completion *c, char *line);

/* Runs this program with 'arguments', of which nothing needs quotes. */
static void
offer_output(struct completion *c, const char *arguments, line_cb *cb)
{
    char self[1024] = "", line[1024];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *command = xasprintf("'%s' %s 2>/dev/null", self, arguments);
    FILE *output = n > 0 && !strchr(self, '\'') ? popen(command, "r") : NULL;

    while (output && fgets(line, sizeof line, output)) {
        cb(c, line);
    }
    if (output) {
        pclose(output);
    }
    free(command);
}

/* "  -f, --file=FILE   ..." in a help: --file= */
static void
help_line_cb(struct completion *c, char *line)
{
    char *option = strstr(line, "--");
    size_t n;

    if (line[0] != ' ' || strspn(line, " ") > 3 || !option
        || (option != line + strspn(line, " ")
            && strncmp(option - 2, ", ", 2))) {
        return;
    }
    n = strspn(option, "abcdefghijklmnopqrstuvwxyz0123456789-");
    n += option[n] == '=';
    option[n] = '\0';
    offer(c, option);
}

static void
command_line_cb(struct completion *c, char *line)
{
    if (!strncmp(line, "  ", 2)) {
        line[2 + strcspn(line + 2, " \n")] = '\0';
        offer(c, line + 2);
    }
}

/* ---- Rows -------------------------------------------------------------- */

static void
key_cb(const struct store_kv *kv, void *c_)
{
    const char *slash = strrchr(kv->key.data, '/');
    char *id = keys_decode(slash + 1, strlen(slash + 1));

    if (id) {
        offer(c_, id);
    }
    free(id);
}

/* The ids of the rows whose keys are "AREA/ID", of each of 'areas'. */
static void
offer_rows(struct completion *c, const char *areas)
{
    char *copy = xstrdup(areas), *save = NULL;
    const char *prefix = store_prefix_from_settings(c->settings);
    struct store_config config;
    struct store *store = NULL;
    uv_loop_t loop;

    uv_loop_init(&loop);
    store_config_from_settings(c->settings, &config);
    config.timeout_ms = TIMEOUT_MS;
    if (!store_etcd_create(&config, &loop, &store, NULL)) {
        for (char *area = strtok_r(copy, " ", &save); area;
             area = strtok_r(NULL, " ", &save)) {
            char *begun = keys_encode(c->word);
            char *from = xasprintf("%s/%s/%s", prefix, area,
                                   *c->word ? begun : "");

            fetch_some_keys(store, from, MAX_ROWS, key_cb, c);
            free(from);
            free(begun);
        }
        store_destroy(store);
    }
    free(copy);
}

static void
offer_rows_of(struct completion *c, const struct view *view,
              const char *table_name)
{
    const struct view_table *table;
    char *message = view_find_table(view, table_name, &table);

    if (!message && !table->table->synthesize && !table->table->composite) {
        offer_rows(c, table->table->area);
    } else if (!message && !strcmp(table->name, "Chassis")) {
        offer_rows(c, "sb/chassis");
    }
    free(message);
}

/* ---- Arguments of commands --------------------------------------------- */

static void
offer_tables(struct completion *c, const struct view *view)
{
    for (const struct view_table *const *t = view->tables; *t; t++) {
        /* Which take either case. */
        if (!strncasecmp((*t)->name, c->word, strlen(c->word))) {
            svec_add(&c->answers, (*t)->name);
        }
    }
}

/* Columns, with '=' after them where a value follows in the same word. */
static void
offer_columns(struct completion *c, const struct view *view,
              const char *table_name, bool with_value)
{
    const struct view_table *table;
    char *message = view_find_table(view, table_name, &table);

    for (size_t i = 0; !message && i < table->n_columns; i++) {
        char *answer = xasprintf("%s%s", table->columns[i].name,
                                 with_value ? "=" : "");

        offer(c, answer);
        free(answer);
    }
    free(message);
}

/* What words in commands' help stand for: areas of rows, or fixed words. */
static const struct {
    const char *word, *areas, *values;
} meanings[] = {
    { "PORT", "nb/logical_switch_port", NULL },
    { "CHASSIS", "sb/chassis", NULL },
    { "DATAPATH", "nb/logical_switch nb/logical_router", NULL },
    { "DIRECTION", NULL, "to-lport from-lport" },
    { "STATE", NULL, "enabled disabled" },
};

/* The word for argument 'i' (from 1 on) in a command's help, the first of
 * "{A | B}"; what repeats is the last. The caller frees it. */
static char *
word_in_help(const char *arguments, int i)
{
    const char *last = "";
    size_t n = 0;

    while (*arguments && i > 0) {
        last = arguments + strspn(arguments, " [{");
        n = strcspn(last, " ");
        arguments = last + n;
        while (!strncmp(arguments, " | ", 3)) {
            arguments += 3 + strcspn(arguments + 3, " ");
        }
        i--;
    }
    if (i && strncmp(last + n - MIN(n, 3), "...", 3)) {
        n = 0;
    }
    while (n && strchr(".]}", last[n - 1])) {
        n--;
    }
    return xmemdup0(last, n);
}

/* Rows of the tables that a command's "wants" has for argument 'i'; false if
 * it has none. */
static bool
offer_wanted(struct completion *c, const struct view *view,
             const struct command *command, int i)
{
    const char *spec = command->wants;
    bool any = false;

    while (spec && *spec) {
        char *end;
        long int first = strtol(spec, &end, 10);
        bool repeats = *end == '*';

        end += strcspn(end, ":") + 1;
        if (first == i || (repeats && i > first)) {
            char *table = xmemdup0(end, strcspn(end, " "));

            offer_rows_of(c, view, table);
            free(table);
            any = true;
        }
        spec = end + strcspn(end, " ");
        spec += strspn(spec, " ");
    }
    return any;
}

/* 'first' is the index of the command's name among the words. */
static void
offer_argument(struct completion *c, const struct view *view,
               const struct command *command, size_t first)
{
    int i = c->words.n - 1 - first;
    char *word = word_in_help(command->arguments, i);
    const char *of = i > 1 ? c->words.names[first + 1] : "";
    bool is_wanted = offer_wanted(c, view, command, i);

    if (!strcmp(word, "TBL")) {
        offer_tables(c, view);
    } else if (!strncmp(word, "REC", 3)) {
        offer_rows_of(c, view, of);
    } else if (!strncmp(word, "COL", 3)) {
        offer_columns(c, view, of, strstr(word, "=VALUE") != NULL);
    }
    for (size_t j = 0; j < ARRAY_SIZE(meanings) && !is_wanted; j++) {
        if (!strcmp(word, meanings[j].word)) {
            if (meanings[j].areas) {
                offer_rows(c, meanings[j].areas);
            } else {
                offer_each(c, meanings[j].values);
            }
        }
    }
    free(word);
}

/* ---- Commands ---------------------------------------------------------- */

/* "--a,--b=,--c?" */
static void
offer_options(struct completion *c, const char *spec)
{
    while (spec && *spec) {
        size_t n = strcspn(spec, ",");
        char *option = xmemdup0(spec, spec[n - 1] == '?' ? n - 1 : n);

        offer(c, option);
        free(option);
        spec += n + (spec[n] == ',');
    }
}

static void
offer_commands(struct completion *c, const struct tool *tool, bool options)
{
    for (command_groups *group = tool->groups; *group; group++) {
        for (size_t i = 0; i < (*group)->n_commands; i++) {
            const struct command *command = &(*group)->commands[i];

            if (options) {
                offer_options(c, command->options);
            } else {
                offer(c, command->name);
            }
        }
    }
}

/* "--wait=s": values of some options. False if it is another word. */
static bool
offer_values(struct completion *c)
{
    static const char *const values[][2] = {
        { "--wait=", "none sb hv" },
        { "--format=", "table list html csv json" },
        { "--data=", "string bare json" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        size_t n = strlen(values[i][0]);
        char *copy, *save = NULL;

        if (strncmp(c->word, values[i][0], n)) {
            continue;
        }
        copy = xstrdup(values[i][1]);
        for (char *word = strtok_r(copy, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
            char *answer = xasprintf("%s%s", values[i][0], word);

            offer(c, answer);
            free(answer);
        }
        free(copy);
        return true;
    }
    return false;
}

/* "--etcd=http://..." on the line says where rows are. */
static void
take_setting(struct completion *c, const char *word)
{
    const char *equals = strchr(word, '=');

    if (equals && !strncmp(word, "--", 2)) {
        char *name = xmemdup0(word + 2, equals - word - 2);

        settings_set(c->settings, name, equals + 1, NULL);
        free(name);
    }
}

/* Commands of 'tool' from word 'i' on. */
static void
complete_commands(struct completion *c, const struct tool *tool, size_t i)
{
    const struct command_group *group = NULL;
    const struct command *command = NULL;
    size_t begin = i, n = c->words.n - 1, first = 0;

    for (; i < n; i++) {
        const char *word = c->words.names[i];

        if (!strcmp(word, "--")) {
            command = NULL;
            first = 0;
            begin = i + 1;
        } else if (!first && word[0] == '-') {
            take_setting(c, word);
            i += options_takes_next(word);
        } else if (!first) {
            first = i;
            command = command_find(tool->groups, word, &group);
        }
    }
    if (i > n) {
        return;                 /* An option's value. */
    } else if (first) {
        if (command) {
            offer_argument(c, group->view ? group->view : tool->view,
                           command, first);
        }
    } else if (c->word[0] != '-') {
        offer_commands(c, tool, false);
    } else if (!offer_values(c)) {
        offer_commands(c, tool, true);
        if (begin == 1 || strcmp(c->words.names[begin - 1], "--")) {
            char *help = xasprintf("%s --help", tool == tool_by_name(
                                   "ovn-sbctl") ? "sb" : "nb");

            offer_output(c, help, help_line_cb);
            free(help);
        }
    }
}

/* ---- Subcommands ------------------------------------------------------- */

#define DAEMONS "weft-translator weft-agent weft-api"

static void
offer_debug_commands(struct completion *c, const char *daemon)
{
    if (daemon[strspn(daemon, "abcdefghijklmnopqrstuvwxyz"
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")] == '\0') {
        char *command = xasprintf("debug %s list-commands", daemon);

        offer_output(c, command, command_line_cb);
        free(command);
    }
}

static void
offer_subcommand_names(struct completion *c)
{
    const struct subcommand *subcommand;

    for (size_t i = 0; (subcommand = subcommand_at(i)); i++) {
        offer(c, subcommand->name);
    }
}

/* Argument 'i' (from 1 on) of a subcommand, the one before being 'last'. */
static void
offer_subcommand_argument(struct completion *c, const char *name, size_t i,
                          const char *last)
{
    if (!strcmp(name, "explain")) {
        if (i == 1) {
            offer(c, "lsp");
        } else if (i == 2) {
            offer_rows(c, "nb/logical_switch_port");
        }
    } else if (!strcmp(name, "debug")) {
        if (i == 1) {
            offer_each(c, DAEMONS);
        } else if (i == 2) {
            offer_debug_commands(c, last);
        }
    } else if (!strcmp(name, "trace") && i == 1) {
        offer_rows(c, "nb/logical_switch nb/logical_router");
    } else if (!strcmp(name, "completion") && i == 1) {
        offer_each(c, "bash zsh");
    } else if (!strcmp(name, "chassis") && i == 1) {
        offer(c, "list");
    } else if (!strcmp(name, "help") && i == 1) {
        offer_each(c, "weftctl ovn-nbctl ovn-sbctl");
        offer_subcommand_names(c);
    }
}

/* Words of subcommand 'name' from 'i' on. */
static void
complete_subcommand(struct completion *c, const char *name, size_t i)
{
    size_t n_arguments = 1;
    const char *last = "";

    for (; i + 1 < c->words.n; i++) {
        const char *word = c->words.names[i];

        if (word[0] == '-') {
            take_setting(c, word);
        } else {
            n_arguments++;
            last = word;
        }
    }
    if (!strcmp(last, "-t") || (c->words.n > 2 && !strcmp(
            c->words.names[c->words.n - 2], "-t"))) {
        offer_each(c, "ovn-controller ovn-northd " DAEMONS);
    } else if (c->word[0] == '-') {
        char *help = xasprintf("%s --help", name);

        offer_output(c, help, help_line_cb);
        free(help);
    } else {
        offer_subcommand_argument(c, name, n_arguments, last);
    }
}

/* ---- The line ---------------------------------------------------------- */

static void
complete(struct completion *c)
{
    const char *path = c->words.names[0], *slash = strrchr(path, '/');
    const struct tool *tool = tool_by_name(slash ? slash + 1 : path);
    const char *second = c->words.n > 2 ? c->words.names[1] : "";

    if (!tool) {
        const char *name = slash ? slash + 1 : path;

        if (!strncmp(name, "ovn-", 4) && subcommand_by_name(name + 4)) {
            complete_subcommand(c, name + 4, 1);
        }
    } else if (strcmp(tool->name, "weftctl")) {
        complete_commands(c, tool, 1);
    } else if (!strcmp(second, "nb") || !strcmp(second, "whatif")) {
        complete_commands(c, tool_by_name("ovn-nbctl"), 2);
    } else if (!strcmp(second, "sb")) {
        complete_commands(c, tool_by_name("ovn-sbctl"), 2);
    } else if (subcommand_by_name(second)) {
        complete_subcommand(c, second, 2);
    } else {
        if (c->words.n == 2) {
            offer_subcommand_names(c);
        }
        complete_commands(c, tool, 1);
    }
}

/* As it has to be typed, from 'skip' on. */
static void
print_answer(const char *answer, size_t skip)
{
    for (const char *p = answer + skip; *p; p++) {
        if (!isalnum((unsigned char) *p) && !strchr("-_./:=@%+,~", *p)
            && !(*p & 0x80)) {
            putchar('\\');
        }
        putchar(*p);
    }
    putchar('\n');
}

void
completion_print_words(const char *line, bool for_bash)
{
    struct completion c = {
        .words = SVEC_EMPTY_INITIALIZER, .answers = SVEC_EMPTY_INITIALIZER,
        .settings = settings_create(),
    };
    const char *answer;
    size_t i, skip = 0;

    settings_add(c.settings, STORE_SETTINGS, N_STORE_SETTINGS);
    if (!words_parse(line, &c.words) && c.words.n) {
        if (isspace((unsigned char) line[strlen(line) - 1])) {
            svec_add(&c.words, "");
        }
        c.word = svec_back(&c.words);
        if (c.words.n > 1) {
            complete(&c);
        }
        /* Bash cuts words at '=' and ':' and replaces the last piece. */
        for (const char *p = c.word; for_bash && *p; p++) {
            if (*p == '=' || *p == ':') {
                skip = p + 1 - c.word;
            }
        }
    }
    svec_sort_unique(&c.answers);
    SVEC_FOR_EACH (i, answer, &c.answers) {
        print_answer(answer, skip);
    }
    svec_destroy(&c.answers);
    svec_destroy(&c.words);
    settings_destroy(c.settings);
}
