/* weftctl lflow: reads lines, shows what the language makes of them. */
#include <config.h>

#include "lflow/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dp-packet.h"
#include "flow.h"
#include "lflow/expr.h"
#include "lflow/lexer.h"
#include "lflow/limits.h"
#include "lflow/tool_actions.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-flow.h"
#include "util.h"

/* What a command works with. */
struct tool {
    const struct lflow_scope *scope;
    const struct lflow_place *place;
    struct lflow_arena arena;   /* Emptied after each line. */
    struct flow microflow;      /* Of evaluate-expr. */
    struct ds out;              /* What to print for the line. */
};

typedef int tool_command(struct tool *, const char *line, struct err *);

/* --- Commands ---------------------------------------------------------- */

static int
run_lex(struct tool *tool, const char *line, struct err *err)
{
    struct lexer lexer;
    int error;

    lexer_init(&lexer, "match", line, strlen(line));
    while (lexer_get(&lexer) != LEX_END && lexer_is_ok(&lexer)) {
        if (tool->out.length) {
            ds_put_char(&tool->out, ' ');
        }
        token_format(&lexer.token, &tool->out);
    }
    error = lexer_take_error(&lexer, err);
    lexer_destroy(&lexer);
    return error;
}

/* How far an expression is taken. */
enum step { PARSE, ANNOTATE, SIMPLIFY, NORMALIZE };

static int
take_steps(struct tool *tool, const char *line, enum step last,
           const struct expr **expr, struct err *err)
{
    struct lflow_arena *arena = &tool->arena;
    int error = expr_parse_string(line, tool->scope, NULL, arena, expr, err);

    if (!error && last >= ANNOTATE) {
        error = expr_annotate(*expr, arena, expr, err);
    }
    if (!error && last >= SIMPLIFY) {
        error = expr_simplify(*expr, tool->scope, NULL, arena, expr, err);
    }
    if (!error && last >= NORMALIZE) {
        error = expr_normalize(*expr, arena, expr, err);
    }
    return error;
}

static int
show_steps(struct tool *tool, const char *line, enum step last,
           struct err *err)
{
    const struct expr *expr;
    int error = take_steps(tool, line, last, &expr, err);

    if (!error) {
        expr_format(expr, &tool->out);
    }
    return error;
}

static int
run_parse(struct tool *tool, const char *line, struct err *err)
{
    return show_steps(tool, line, PARSE, err);
}

static int
run_annotate(struct tool *tool, const char *line, struct err *err)
{
    return show_steps(tool, line, ANNOTATE, err);
}

static int
run_simplify(struct tool *tool, const char *line, struct err *err)
{
    return show_steps(tool, line, SIMPLIFY, err);
}

static int
run_normalize(struct tool *tool, const char *line, struct err *err)
{
    return show_steps(tool, line, NORMALIZE, err);
}

static void
format_match(const struct lflow_matches *matches, size_t i, struct ds *s)
{
    const struct lflow_clause *clauses;
    struct match match;
    size_t n;

    lflow_matches_get(matches, i, 1, &match);
    clauses = lflow_matches_clauses(matches, i, &n);
    match_format(&match, NULL, s, OFP_DEFAULT_PRIORITY);
    for (size_t j = 0; j < n; j++) {
        ds_put_format(s, "%s conjunction(%u, %d/%d)", j ? "," : ":",
                      clauses[j].conj, clauses[j].clause + 1,
                      clauses[j].n_clauses);
    }
}

static int
run_to_flows(struct tool *tool, const char *line, struct err *err)
{
    struct lflow_matches *matches;
    const struct expr *expr;
    int error;

    error = take_steps(tool, line, NORMALIZE, &expr, err);
    if (!error) {
        error = expr_to_matches(expr, &matches, err);
    }
    if (error) {
        return error;
    }
    for (size_t i = 0; i < lflow_matches_count(matches); i++) {
        if (i) {
            ds_put_char(&tool->out, '\n');
        }
        format_match(matches, i, &tool->out);
    }
    if (!lflow_matches_count(matches)) {
        ds_put_cstr(&tool->out, "(no flows)");
    }
    lflow_matches_destroy(matches);
    return 0;
}

static int
run_evaluate(struct tool *tool, const char *line, struct err *err)
{
    const struct expr *expr;
    int error = take_steps(tool, line, ANNOTATE, &expr, err);

    if (!error) {
        ds_put_char(&tool->out, expr_evaluate(expr, &tool->microflow,
                                              tool->scope) ? '1' : '0');
    }
    return error;
}

static int
run_to_packets(struct tool *tool, const char *line, struct err *err)
{
    struct dp_packet packet;
    const uint8_t *bytes;
    struct flow flow;
    int error;

    error = expr_parse_microflow(line, tool->scope, NULL, &flow, err);
    if (error) {
        return error;
    }
    dp_packet_init(&packet, 0);
    flow_compose(&packet, &flow, NULL, 64);
    bytes = dp_packet_data(&packet);
    for (size_t i = 0; i < dp_packet_size(&packet); i++) {
        ds_put_format(&tool->out, "%02x", bytes[i]);
    }
    dp_packet_uninit(&packet);
    return 0;
}

static int
run_parse_actions(struct tool *tool, const char *line, struct err *err)
{
    return lflow_tool_parse_actions(line, tool->place, tool->scope,
                                    &tool->arena, &tool->out, err);
}

/* Commands that read lines. */
static const struct {
    const char *name;
    tool_command *run;
    const char *argument;       /* Name of the argument, or NULL. */
} commands[] = {
    { "lex", run_lex, NULL },
    { "parse-expr", run_parse, NULL },
    { "annotate-expr", run_annotate, NULL },
    { "simplify-expr", run_simplify, NULL },
    { "normalize-expr", run_normalize, NULL },
    { "expr-to-flows", run_to_flows, NULL },
    { "evaluate-expr", run_evaluate, "MICROFLOW" },
    { "expr-to-packets", run_to_packets, NULL },
    { "parse-actions", run_parse_actions, NULL },
};

/* --- The tool ---------------------------------------------------------- */

static void
dump_symtab(FILE *output)
{
    size_t n;
    const struct symbol *const *all = symbol_table(&n);

    for (size_t i = 0; i < n; i++) {
        char *s = symbol_to_string(all[i]);

        fprintf(output, "%s\n", s);
        free(s);
    }
}

static void
print_error(struct err *err, FILE *output)
{
    char *s = err_to_string(err);

    fprintf(output, "error: %s\n", s);
    free(s);
    err_clear(err);
}

/* Reads a line of at most LFLOW_MAX_TEXT bytes, without its end, into 'line'.
 * What is longer is cut and '*too_long' set.  False at the end of input. */
static bool
read_line(FILE *input, struct ds *line, bool *too_long)
{
    int c = getc(input);

    ds_clear(line);
    *too_long = false;
    if (c == EOF) {
        return false;
    }
    for (; c != EOF && c != '\n'; c = getc(input)) {
        if (line->length < LFLOW_MAX_TEXT) {
            ds_put_char(line, c);
        } else {
            *too_long = true;
        }
    }
    return true;
}

static void
run_lines(struct tool *tool, tool_command *run, FILE *input, FILE *output)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    bool too_long;

    while (read_line(input, &line, &too_long)) {
        struct err err = ERR_INIT;
        int error;

        ds_clear(&tool->out);
        error = too_long ? err_put(&err, -WEFT_E_TOO_LARGE, NULL,
                                   "line longer than %d bytes",
                                   LFLOW_MAX_TEXT)
                : run(tool, ds_cstr(&line), &err);
        if (error) {
            print_error(&err, output);
        } else {
            fprintf(output, "%s\n", ds_cstr(&tool->out));
        }
        fflush(output);
        lflow_arena_reset(&tool->arena);
    }
    ds_destroy(&line);
}

void
lflow_tool_print_usage(const char *name, const char *options, FILE *output)
{
    fprintf(output, "usage: %s [OPTION]... COMMAND\n"
            "Commands, which read lines and print what they are:\n", name);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        fprintf(output, "  %s%s%s\n", commands[i].name,
                commands[i].argument ? " " : "",
                commands[i].argument ? commands[i].argument : "");
    }
    fprintf(output, "and, without input:\n  dump-symtab\nOptions:\n"
            LFLOW_TOOL_OPTIONS "%s", options);
}

static int
usage(const char *name, FILE *errors)
{
    lflow_tool_print_usage(name, "", errors);
    return 2;
}

/* Runs argv[0], with what follows as arguments. */
static int
run_command(struct tool *tool, int argc, char *argv[], FILE *input,
            FILE *output, FILE *errors)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (argc < 1 || strcmp(argv[0], commands[i].name)
            || argc != 1 + (commands[i].argument != NULL)) {
            continue;
        }
        if (commands[i].argument) {
            struct err err = ERR_INIT;

            if (expr_parse_microflow(argv[1], tool->scope, NULL,
                                     &tool->microflow, &err)) {
                print_error(&err, errors);
                return 2;
            }
        }
        run_lines(tool, commands[i].run, input, output);
        return 0;
    }
    if (argc == 1 && !strcmp(argv[0], "dump-symtab")) {
        dump_symtab(output);
        return 0;
    }
    return -1;
}

/* --- Options ------------------------------------------------------------ */

struct tool_options {
    const char *fixture, *stage;    /* NULL: not given. */
};

static const char **
find_option(struct tool_options *options, const char *name, size_t length)
{
    return (length == 7 && !strncmp(name, "fixture", 7) ? &options->fixture
            : length == 5 && !strncmp(name, "stage", 5) ? &options->stage
            : NULL);
}

bool
lflow_tool_has_option(const char *name)
{
    struct tool_options options;

    return find_option(&options, name, strlen(name)) != NULL;
}

/* Takes "--NAME VALUE" and "--NAME=VALUE" from argv[1] and on; returns the
 * place of the first word that is none, or -1 where one is wrong. */
static int
take_options(int argc, char *argv[], struct tool_options *options)
{
    int i = 1;

    memset(options, 0, sizeof *options);
    while (i < argc && !strncmp(argv[i], "--", 2)) {
        const char *name = argv[i++] + 2;
        size_t length = strcspn(name, "=");
        const char **value = find_option(options, name, length);

        if (!value || (!name[length] && i >= argc)) {
            return -1;
        }
        *value = name[length] ? name + length + 1 : argv[i++];
    }
    return i;
}

/* Moves 'place' to stage 'name'; false if there is none. */
static bool
move_to_stage(struct lflow_place *place, const char *name)
{
    const struct stage *stage = stage_by_name(name);
    struct lflow_place of_stage;

    if (!stage) {
        return false;
    }
    of_stage = lflow_place_of_stage(stage);
    place->pipeline = of_stage.pipeline;
    place->stage = of_stage.stage;
    place->n_stages = of_stage.n_stages;
    place->output_table = of_stage.output_table;
    return true;
}

int
lflow_tool_main(int argc, char *argv[], const struct lflow_scope *scope,
                const struct lflow_place *place_,
                FILE *input, FILE *output, FILE *errors)
{
    struct lflow_place place = (place_ ? *place_ : lflow_place_of_stage(
                                    &stages[STAGE_LS_IN_ACL]));
    struct tool tool = {
        .scope = scope, .place = &place, .arena = LFLOW_ARENA_INIT,
        .out = DS_EMPTY_INITIALIZER
    };
    struct lflow_fixture *fixture = NULL;
    struct tool_options options;
    int skip = take_options(argc, argv, &options), status;

    if (skip < 0) {
        return usage(argv[0], errors);
    }
    if (options.fixture) {
        struct err err = ERR_INIT;

        if (lflow_fixture_read(options.fixture, &fixture, &err)) {
            print_error(&err, errors);
            return 1;
        }
        tool.scope = &fixture->scope;
        place = fixture->place;
    }
    if (options.stage && !move_to_stage(&place, options.stage)) {
        fprintf(errors, "error: --stage: there is no stage %s\n",
                options.stage);
        status = 2;
    } else {
        status = run_command(&tool, argc - skip, argv + skip, input, output,
                             errors);
    }
    lflow_arena_destroy(&tool.arena);
    ds_destroy(&tool.out);
    lflow_fixture_destroy(fixture);
    return status < 0 ? usage(argv[0], errors) : status;
}
