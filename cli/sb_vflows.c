/* lflow-list --vflows: what becomes OpenFlow flows without a logical flow:
 * ports, neighbours, multicast groups, tunnels, hairpins of load
 * balancers. */
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
    const char *datapath;       /* Column that names theirs, or NULL. */
    void (*begin)(const struct row *row, struct ds *out);   /* Or NULL, */
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

static void
print_load_balancer(const struct row *row, struct ds *out)
{
    ds_put_format(out, "name=\"%s\", protocol=\"%s\", ",
                  row_string(row, "name"), row_string(row, "protocol"));
}

static void
print_vips(const struct row *row, struct ds *out)
{
    json_t *vips = json_object_get(row->value, "vips"), *backends;
    const char *vip;

    ds_put_cstr(out, "\n  vips:\n");
    json_object_foreach (vips, vip, backends) {
        ds_put_format(out, "    %s = %s\n", vip,
                      json_string_value(backends));
    }
}

static const struct section sections[] = {
    { "Port Bindings", &sb_table_port_binding, "datapath", NULL,
      print_port },
    { "MAC Bindings", &sb_table_mac_binding, "datapath", NULL,
      print_neighbor },
    { "MC Groups", &sb_table_multicast_group, "datapath", NULL,
      print_group },
    { "Chassis", &sb_table_chassis, NULL, NULL, print_chassis },
    { "Load Balancers", &sb_table_load_balancer, "datapaths",
      print_load_balancer, print_vips },
};

static void
print_datapath(struct context *ctx, const char *id)
{
    const struct row *datapath = model_peek(ctx->model, &sb_table_datapath,
                                            id);
    const char *name = datapath ? row_map_get(datapath, "external_ids",
                                              "name") : NULL;

    ds_put_format(&ctx->output, "datapath=\"%s\", ", name ? name : "");
}

/* The 'i'th datapath that 'row' names, or NULL. */
static const char *
datapath_of(const struct section *section, const struct row *row, size_t i)
{
    if (!section->datapath) {
        return NULL;
    } else if (json_is_string(row_json(row, section->datapath))) {
        return i ? NULL : row_string(row, section->datapath);
    }
    return (i < row_n_items(row, section->datapath)
            ? row_item(row, section->datapath, i) : NULL);
}

static void
print_row(struct context *ctx, const struct section *section,
          const struct row *row, bool names_datapath,
          const struct trace_ovs *ovs)
{
    struct ds *out = &ctx->output;
    const char *datapath;

    ds_put_cstr(out, "  ");
    if (context_has_option(ctx, "--uuid")) {
        ds_put_format(out, "uuid=0x%08x, ", row->uuid.parts[0]);
    }
    if (section->begin) {
        section->begin(row, out);
    }
    for (size_t i = 0; names_datapath
         && (datapath = datapath_of(section, row, i)) != NULL; i++) {
        print_datapath(ctx, datapath);
    }
    section->print(row, out);
    ds_put_char(out, '\n');
    sb_print_openflow(ctx, ovs, row);
}

/* Is 'row' of datapath 'only', or of none? */
static bool
is_of(const struct section *section, const struct row *row,
      const struct row *only)
{
    const char *datapath = datapath_of(section, row, 0);

    for (size_t i = 0; datapath; i++) {
        if (!strcmp(datapath, only->id)) {
            return true;
        }
        datapath = datapath_of(section, row, i + 1);
    }
    return !section->datapath;
}

static void
print_section(struct context *ctx, const struct section *section,
              const struct row *only, const struct trace_ovs *ovs)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, section->table, &rows);
    bool begun = false;

    for (size_t i = 0; i < n; i++) {
        if (only && !is_of(section, rows[i], only)) {
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
