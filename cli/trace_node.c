/* The tree of a trace and its forms.
 *
 * Detailed: every node but changes.  What follows from the last thing that
 * its parent did stands under it without more indentation: most traces are
 * one line of tail calls.  What more follows after is indented twice, its
 * heading once.  Summary: no tables, braces instead of headings.  Minimal:
 * changes, transformations and errors only. */
#include <config.h>

#include "cli/trace_node.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

enum { INDENT = 4 };

struct trace_node *
trace_node_add(struct trace_node *parent, enum trace_node_type type,
               const char *format, ...)
{
    struct trace_node *node = xzalloc(sizeof *node);
    va_list args;

    node->type = type;
    node->parent = parent;
    va_start(args, format);
    node->text = xvasprintf(format, args);
    va_end(args);
    if (parent->last) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
    return node;
}

void
trace_node_clear(struct trace_node *node)
{
    while (node->first) {
        struct trace_node *child = node->first;

        node->first = child->next;
        trace_node_clear(child);
        free(child->text);
        free(child->below);
        free(child);
    }
    node->last = NULL;
}

/* ---- Detailed --------------------------------------------------------- */

static bool
is_heading(const struct trace_node *node)
{
    return (node->type == TRACE_PIPELINE
            || node->type == TRACE_TRANSFORMATION);
}

/* Is it part of what a flow does, and so always indented below it? */
static bool
is_step(const struct trace_node *node)
{
    return (node->type == TRACE_ACTION || node->type == TRACE_JUMP
            || node->type == TRACE_NOTE || node->type == TRACE_REMARK
            || node->type == TRACE_ERROR);
}

static bool
has_visible_after(const struct trace_node *node)
{
    for (node = node->next; node; node = node->next) {
        if (node->type != TRACE_MODIFY) {
            return true;
        }
    }
    return false;
}

static void
put_lines(struct ds *s, int level, const char *lines)
{
    while (lines && *lines) {
        size_t n = strcspn(lines, "\n");

        ds_put_char_multiple(s, ' ', level * INDENT);
        ds_put_buffer(s, lines, n);
        ds_put_char(s, '\n');
        lines += n + (lines[n] == '\n');
    }
}

static void
print_detailed(const struct trace_node *parent, int level, struct ds *s)
{
    for (const struct trace_node *node = parent->first; node;
         node = node->next) {
        if (node->type == TRACE_MODIFY) {
            continue;
        }
        int more = (has_visible_after(node) || node->always_indented
                    || is_step(node));

        if (is_heading(node)) {
            ds_put_char(s, '\n');
        }
        ds_put_char_multiple(s, ' ', (level + more) * INDENT);
        ds_put_cstr(s, node->text);
        if (node->type == TRACE_ACTION || node->type == TRACE_JUMP) {
            ds_put_char(s, ';');
        }
        ds_put_char(s, '\n');
        if (is_heading(node)) {
            ds_put_char_multiple(s, ' ', (level + more) * INDENT);
            ds_put_char_multiple(s, '-', strlen(node->text));
            ds_put_char(s, '\n');
        }
        put_lines(s, level + more + 1, node->below);
        print_detailed(node, level + more + more, s);
    }
}

void
trace_print_detailed(const struct trace_node *root, struct ds *s)
{
    print_detailed(root, 0, s);
}

/* ---- Summary and minimal ---------------------------------------------- */

/* Which nodes a form leaves out; their children stay, in their place. */
static bool
summary_shows(const struct trace_node *node)
{
    return (node->type != TRACE_TABLE && node->type != TRACE_MODIFY
            && node->type != TRACE_JUMP);
}

static bool
minimal_shows(const struct trace_node *node)
{
    return (node->type == TRACE_MODIFY || node->type == TRACE_TRANSFORMATION
            || node->type == TRACE_ERROR);
}

static bool
any_shown(const struct trace_node *parent,
          bool (*shows)(const struct trace_node *))
{
    for (const struct trace_node *node = parent->first; node;
         node = node->next) {
        if (shows(node) || any_shown(node, shows)) {
            return true;
        }
    }
    return false;
}

static void
print_braces(const struct trace_node *parent, int level,
             bool (*shows)(const struct trace_node *), struct ds *s)
{
    for (const struct trace_node *node = parent->first; node;
         node = node->next) {
        if (!shows(node)) {
            print_braces(node, level, shows, s);
            continue;
        }
        ds_put_char_multiple(s, ' ', level * INDENT);
        ds_put_cstr(s, node->text);
        if (any_shown(node, shows)) {
            ds_put_cstr(s, " {\n");
            print_braces(node, level + 1, shows, s);
            ds_put_char_multiple(s, ' ', level * INDENT);
            ds_put_char(s, '}');
        }
        ds_put_cstr(s, node->type == TRACE_REMARK ? "\n" : ";\n");
    }
}

void
trace_print_summary(const struct trace_node *root, struct ds *s)
{
    print_braces(root, 0, summary_shows, s);
}

void
trace_print_minimal(const struct trace_node *root, struct ds *s)
{
    print_braces(root, 0, minimal_shows, s);
}
