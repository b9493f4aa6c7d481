/* lflow-list --vflows: what becomes OpenFlow flows without a logical flow:
 * ports, neighbours, multicast groups, tunnels. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "util.h"
#include "uuid.h"

/* One list under its heading. */
struct section {
    const char *title;
    const struct table *table;
    bool has_datapath;          /* Rows name theirs. */
    void (*print)(const struct row *row, struct ds *out);
};

static void
print_port(const struct row *row, struct ds *out)
{
    ds_put_format(out, "logical_port=%s, tunnel_key=%-5"PRId64,
                  row_string(row, "logical_port"),
                  row_integer(row, "tunnel_key", 0));
}

static void
print_neighbor(const struct row *row, struct ds *out)
{
    ds_put_format(out, "logical_port=%s, ip=%s, mac=%s",
                  row_string(row, "logical_port"), row_string(row, "ip"),
                  row_string(row, "mac"));
}

static void
print_group(const struct row *row, struct ds *out)
{
    ds_put_format(out, "name=%s, tunnel_key=%"PRId64", ports=(",
                  row_string(row, "name"),
                  row_integer(row, "tunnel_key", 0));
    for (size_t i = 0; i < row_n_items(row, "ports"); i++) {
        ds_put_format(out, "%s%s", i ? ", " : "", row_item(row, "ports", i));
    }
    ds_put_char(out, ')');
}

static void
print_chassis(const struct row *row, struct ds *out)
{
    ds_put_format(out, "name=%s", row_string(row, "name"));
}

static const struct section sections[] = {
    { "Port Bindings", &sb_table_port_binding, true, print_port },
    { "MAC Bindings", &sb_table_mac_binding, true, print_neighbor },
    { "MC Groups", &sb_table_multicast_group, true, print_group },
    { "Chassis", &sb_table_chassis, false, print_chassis },
};

static void
print_row(struct context *ctx, const struct section *section,
          const struct row *row, bool names_datapath,
          const struct trace_ovs *ovs)
{
    struct ds *out = &ctx->output;

    ds_put_cstr(out, "  ");
    if (context_has_option(ctx, "--uuid")) {
        ds_put_format(out, "uuid=0x%08x, ", row->uuid.parts[0]);
    }
    if (section->has_datapath && names_datapath) {
        const struct row *datapath = model_peek(ctx->model,
                                                &sb_table_datapath,
                                                row_string(row, "datapath"));
        const char *name = datapath ? row_map_get(datapath, "external_ids",
                                                  "name") : NULL;

        ds_put_format(out, "datapath=\"%s\", ", name ? name : "");
    }
    section->print(row, out);
    ds_put_char(out, '\n');
    sb_print_openflow(ctx, ovs, row);
}

static void
print_section(struct context *ctx, const struct section *section,
              const struct row *only, const struct trace_ovs *ovs)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, section->table, &rows);
    bool begun = false;

    for (size_t i = 0; i < n; i++) {
        if (only && section->has_datapath
            && strcmp(row_string(rows[i], "datapath"), only->id)) {
            continue;
        }
        if (!begun) {
            ds_put_format(&ctx->output, "\n%s:\n", section->title);
            begun = true;
        }
        print_row(ctx, section, rows[i], !only, ovs);
    }
    free(rows);
}

void
sb_print_vflows(struct context *ctx, const struct row *datapath,
                const struct trace_ovs *ovs)
{
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        print_section(ctx, &sections[i], datapath, ovs);
    }
}
