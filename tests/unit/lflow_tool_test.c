/* weftctl lflow's arguments, fixtures and exit status; what its commands
 * print is in docs/lflow.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lflow/tool.h"
#include "lib/err.h"
#include "util.h"

/* Runs the tool with up to three arguments; '*out' (and *errors) are the
 * caller's. */
static int
run(const char *args[3], const char *input, char **out, char **errors)
{
    char *argv[5] = { CONST_CAST(char *, "lflow") };
    FILE *in = fmemopen(CONST_CAST(char *, input), MAX(strlen(input), 1),
                        "r");
    size_t out_size, errors_size;
    FILE *o = open_memstream(out, &out_size);
    FILE *e = open_memstream(errors, &errors_size);
    int argc = 1, status;

    while (argc <= 3 && args[argc - 1]) {
        argv[argc] = CONST_CAST(char *, args[argc - 1]);
        argc++;
    }
    status = lflow_tool_main(argc, argv, NULL, NULL, in, o, e);
    fclose(in);
    fclose(o);
    fclose(e);
    return status;
}

static void
arguments(void **state)
{
    static const struct {
        const char *args[3];
        const char *input, *out, *error;
        int status;
    } rows[] = {
        { { NULL }, " ", "", "usage: lflow [OPTION]... COMMAND", 2 },
        { { "--stage", "no", "lex" }, " ", "", "there is no stage no", 2 },
        { { "--fixture" }, " ", "", "usage: ", 2 },
        { { "--stage=lr_out_delivery", "parse-actions" }, "output;",
          "  encodes as resubmit(,64)\n", "", 0 },
        { { "nothing" }, " ", "", "usage: ", 2 },
        { { "lex", "more" }, " ", "", "usage: ", 2 },
        { { "evaluate-expr" }, " ", "", "usage: ", 2 },
        { { "evaluate-expr", "ip4 &&" }, " ", "",
          "error: match:7: Syntax error", 2 },
        { { "evaluate-expr", "ip4" }, "ip4\nip6", "1\n0\n", "", 0 },
        { { "lex" }, "a  b\n\n1 ", "a b\n\n1\n", "", 0 },
        { { "parse-expr" }, "ip4 && (\nip6", "error: match:9: Syntax error "
          "at end of input expecting constant.\nip6\n", "", 0 },
        { { "--fixture", "/nonexistent/file", "lex" }, " ", "",
          "error: /nonexistent/file: No such file", 1 },
        { { "parse-actions" }, "reg9 = 1; next;",
          "  encodes as set_field:0x1/0xffffffff->xreg4,resubmit(,17)\n", "",
          0 },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *args[3], *out, *errors;

        memcpy(args, rows[i].args, sizeof args);
        assert_int_equal(run((const char **) args, rows[i].input, &out,
                             &errors), rows[i].status);
        assert_string_equal(out, rows[i].out);
        assert_non_null(strstr(errors, rows[i].error));
        assert_int_equal(!*errors, !*rows[i].error);
        free(out);
        free(errors);
    }
}

static void
symbols(void **state)
{
    const char *args[3] = { "dump-symtab" };
    char *out, *errors;

    (void) state;
    assert_int_equal(run(args, " ", &out, &errors), 0);
    assert_non_null(strstr(out, "vlan.vid = vlan.tci[0..11]; ordinal, 12 "
                           "bits, writable, needs vlan.present\n"));
    assert_non_null(strstr(out, "ip4 = eth.type == 0x800; nominal\n"));
    assert_non_null(strstr(out, "inport = reg14; nominal string, writable"));
    free(out);
    free(errors);
}

static void
long_lines_are_refused(void **state)
{
    const char *args[3] = { "lex" };
    size_t n = (1 << 20) + 1;
    char *line = xmalloc(n + 4), *out, *errors;

    (void) state;
    memset(line, ' ', n);
    strcpy(line + n, "\na");
    assert_int_equal(run(args, line, &out, &errors), 0);
    assert_string_equal(out, "error: line longer than 1048576 bytes\na\n");
    free(line);
    free(out);
    free(errors);
}

static void
fixtures(void **state)
{
    static const struct {
        const char *text, *field;
    } bad[] = {
        { "", NULL }, { "[]", NULL }, { "{", NULL },
        { "{\"a\": 1, \"a\": 2}", NULL },
        { "{\"nothing\": {}}", "nothing" },
        { "{\"ports\": []}", "ports" },
        { "{\"ports\": {\"a\": \"1\"}}", "ports.a" },
        { "{\"ports\": {\"a\": 0}}", "ports.a" },
        { "{\"ports\": {\"a\": 65536}}", "ports.a" },
        { "{\"address_sets\": {\"s\": \"10.0.0.1\"}}", "address_sets.s" },
        { "{\"address_sets\": {\"s\": [1]}}", "address_sets.s" },
        { "{\"address_sets\": {\"s\": [\"x\"]}}", "address_sets.s" },
        { "{\"port_groups\": {\"g\": {}}}", "port_groups.g" },
        { "{\"templates\": {\"t\": 1}}", "templates.t" },
        { "{\"resident\": {}}", "resident" },
        { "{\"resident\": [1]}", "resident" },
        { "{\"resident\": [1]}", "resident" },
        { "{\"tunnels\": {\"p\": 0}}", "tunnels.p" },
        { "{\"collector_sets\": [\"1\"]}", "collector_sets" },
        { "{\"collector_sets\": [-1]}", "collector_sets" },
        { "{\"dhcp_options\": {\"o\": {\"code\": 3}}}", "dhcp_options.o" },
        { "{\"dhcp_options\": {\"o\": {\"code\": 256, \"type\": \"ipv4\"}}}",
          "dhcp_options.o" },
        { "{\"dhcpv6_options\": {\"o\": {\"code\": 3, \"type\": \"no\"}}}",
          "dhcpv6_options.o" },
        { "{\"place\": {\"stage\": \"no\"}}", "place.stage" },
        { "{\"place\": {\"n_stages\": 256}}", "place.n_stages" },
    };
    struct lflow_fixture *fixture;
    uint32_t key = 0;

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(lflow_fixture_create(bad[i].text,
                                              strlen(bad[i].text), &fixture,
                                              &err), -WEFT_E_INVALID);
        if (bad[i].field) {
            assert_string_equal(err.field, bad[i].field);
        }
        assert_non_null(err.message);
        err_clear(&err);
    }
    assert_int_equal(lflow_fixture_create("{}", 2, &fixture, NULL), 0);
    assert_false(lflow_scope_port_key(&fixture->scope, NULL, "a", &key));
    assert_int_equal(lflow_scope_group_id(&fixture->scope, NULL, "x"), 1);
    assert_int_equal(lflow_scope_group_id(&fixture->scope, NULL, "y"), 2);
    assert_int_equal(lflow_scope_group_id(&fixture->scope, NULL, "x"), 1);
    assert_int_equal(lflow_scope_meter_id(&fixture->scope, NULL, "m"), 1);
    lflow_fixture_destroy(fixture);
}

static const char fixture[] = "{"
    "\"ports\": {\"a\": 1, \"b\": 2},"
    "\"address_sets\": {\"s\": [\"10.0.0.1\", \"10.0.0.2\","
    " \"10.0.0.3\"]},"
    "\"port_groups\": {\"g\": [\"a\", \"b\", \"other\"]},"
    "\"tunnels\": {\"a\": 9, \"b\": 10}, \"collector_sets\": [7],"
    "\"dhcp_options\": {\"offerip\": {\"code\": 0, \"type\": \"ipv4\"},"
    " \"mine\": {\"code\": 200, \"type\": \"uint8\"}},"
    "\"dhcpv6_options\": {\"six\": {\"code\": 258, \"type\": \"str\"}},"
    "\"place\": {\"stage\": \"lr_in_defrag\", \"output_table\": 99,"
    " \"ingress_table\": 40}}";

static const struct {
    const char *command, *input, *out;
} format_rows[] = {
    { "expr-to-flows",
      "ip4.src == $s && outport == @g && tcp.dst == {8, 9}",
      "tcp,reg15=0x1: conjunction(1, 1/3)\n"
      "tcp,reg15=0x2: conjunction(1, 1/3)\n"
      "tcp,nw_src=10.0.0.1: conjunction(1, 2/3)\n"
      "tcp,nw_src=10.0.0.2: conjunction(1, 2/3)\n"
      "tcp,nw_src=10.0.0.3: conjunction(1, 2/3)\n"
      "tcp,tp_dst=8: conjunction(1, 3/3)\n"
      "tcp,tp_dst=9: conjunction(1, 3/3)\n"
      "conj_id=1,tcp\n" },
    { "expr-to-flows", "ip4.src == $s && outport == @g",
      "ip,reg15=0x1,nw_src=10.0.0.1\n"
      "ip,reg15=0x1,nw_src=10.0.0.2\n"
      "ip,reg15=0x1,nw_src=10.0.0.3\n"
      "ip,reg15=0x2,nw_src=10.0.0.1\n"
      "ip,reg15=0x2,nw_src=10.0.0.2\n"
      "ip,reg15=0x2,nw_src=10.0.0.3\n" },
    { "expr-to-flows", "inport == \"other\"", "(no flows)\n" },
    { "parse-actions", "ct_lb_mark(backends=10.0.0.9);",
      "  encodes as group:1\n  uses group: id(1), name(type=select,"
      "selection_method=dp_hash,bucket=bucket_id=0,weight:100,actions="
      "ct(commit,table=46,zone=reg11[0..15],nat(dst=10.0.0.9),"
      "exec(set_field:2/2->ct_mark)))\n  has prereqs eth.type == 0x800"
      " || eth.type == 0x86dd\n" },
    { "parse-actions", "output; ",
      "  formats as output;\n  encodes as resubmit(,99)\n" },
    { "parse-actions", "set_meter(5);",
      "  encodes as meter:1\n  uses meter: id(1), name(__string: kbps "
      "stats bands=type=drop rate=5)\n" },
    { "parse-actions",
      "reg0[0] = put_dhcp_opts(offerip=1.2.3.4, mine=5);",
      "  formats as reg0[0] = put_dhcp_opts(offerip = 1.2.3.4, mine = 5);"
      "\n  encodes as controller(userdata=00.00.00.02.00.00.00.00.00.01."
      "de.10.00.00.00.60.01.02.03.04.c8.01.05,pause)\n" },
    { "parse-actions", "reg0[0] = put_dhcp_opts(offerip=1.2.3.4, mtu=5);",
      "error: actions:42: Syntax error at `mtu' expecting DHCPv4 option "
      "name.\n" },
    { "parse-actions", "reg0[0] = put_dhcpv6_opts(six = \"a\");",
      "  encodes as controller(userdata=00.00.00.05.00.00.00.00.00.01."
      "de.10.00.00.00.60.01.02.00.01.61,pause)\n" },
    { "parse-actions", "sample(probability=1,collector_set=7,"
      "obs_domain=1,obs_point=2);",
      "  encodes as sample(probability=1,collector_set_id=7,"
      "obs_domain_id=16777216,obs_point_id=2)\n" },
    { "parse-actions", "fwd_group(liveness=\"true\", "
      "childports=\"a\", \"b\");",
      "  encodes as group:1\n  uses group: id(1), name(type=select,"
      "selection_method=dp_hash,bucket=bucket_id=0,watch_port:9,actions="
      "load:0x1->reg15[0..15],resubmit(,99),bucket=bucket_id=1,"
      "watch_port:10,actions=load:0x2->reg15[0..15],resubmit(,99))\n" },
    { "parse-actions", "next(", "error: actions:6: Syntax error at end of"
      " input expecting \"pipeline\" or \"table\".\n" },
};

/* What a fixture says comes out: every kind of line that the tool prints. */
static void
formats(void **state)
{
    char name[] = "/tmp/weft-lflow-XXXXXX";
    int fd = mkstemp(name);

    (void) state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, fixture, strlen(fixture)), strlen(fixture));
    close(fd);
    for (size_t i = 0; i < ARRAY_SIZE(format_rows); i++) {
        const char *args[3] = { "--fixture", name, format_rows[i].command };
        char *out, *errors;

        assert_int_equal(run(args, format_rows[i].input, &out, &errors), 0);
        assert_string_equal(errors, "");
        assert_string_equal(out, format_rows[i].out);
        free(out);
        free(errors);
    }
    unlink(name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments),
        cmocka_unit_test(symbols),
        cmocka_unit_test(long_lines_are_refused),
        cmocka_unit_test(fixtures),
        cmocka_unit_test(formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
