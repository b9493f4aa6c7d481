/* A scope from a JSON file, for tools and tests: see docs/lflow.md for the
 * format. */
#include <config.h>

#include "lflow/tool.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lflow/dhcp_options.h"
#include "lib/err.h"
#include "openvswitch/shash.h"
#include "sset.h"
#include "util.h"

/* What the names mean. */
struct lflow_fixture_names {
    struct shash ports;         /* Name to key (as a pointer's value). */
    struct shash address_sets;  /* Name to struct constant_set. */
    struct shash port_groups;   /* Name to struct port_set. */
    struct shash templates;     /* Name to text. */
    struct sset resident;       /* Ports on this chassis. */
    struct shash dhcp[2];       /* Name to struct dhcp_option: v4, v6... */
    bool has_dhcp[2];           /* ...where the file has them. */
    struct shash tunnels;       /* Port to OpenFlow port (a pointer's...). */
    struct sset collector_sets; /* Ids. */
    struct shash groups;        /* Buckets to id; ids are allotted... */
    struct shash meters;        /* ...from 1, as asked for. */
};

/* --- The scope --------------------------------------------------------- */

static struct lflow_fixture_names *
names_of(const struct lflow_scope *scope)
{
    return CONTAINER_OF(scope, struct lflow_fixture, scope)->names;
}

static bool
fixture_port_key(const struct lflow_scope *scope, const char *name,
                 uint32_t *key)
{
    const struct shash_node *node = shash_find(&names_of(scope)->ports,
                                               name);

    if (!node) {
        return false;
    }
    *key = (uintptr_t) node->data;
    return true;
}

static const struct constant_set *
fixture_address_set(const struct lflow_scope *scope, const char *name)
{
    return shash_find_data(&names_of(scope)->address_sets, name);
}

static const struct port_set *
fixture_port_group(const struct lflow_scope *scope, const char *name)
{
    return shash_find_data(&names_of(scope)->port_groups, name);
}

static bool
fixture_is_chassis_resident(const struct lflow_scope *scope,
                            const char *name)
{
    return sset_contains(&names_of(scope)->resident, name);
}

static const char *
fixture_template(const struct lflow_scope *scope, const char *name)
{
    return shash_find_data(&names_of(scope)->templates, name);
}

static uint32_t
find_or_allot(struct shash *ids, const char *name)
{
    struct shash_node *node = shash_find(ids, name);

    if (!node) {
        node = shash_add(ids, name,
                         (void *) (uintptr_t) (shash_count(ids) + 1));
    }
    return (uintptr_t) node->data;
}

static uint32_t
fixture_group_id(const struct lflow_scope *scope, const char *buckets)
{
    return find_or_allot(&names_of(scope)->groups, buckets);
}

static uint32_t
fixture_meter_id(const struct lflow_scope *scope, const char *name)
{
    return find_or_allot(&names_of(scope)->meters, name);
}

static bool
fixture_collector_set(const struct lflow_scope *scope, uint32_t id)
{
    char name[16];

    snprintf(name, sizeof name, "%u", id);
    return sset_contains(&names_of(scope)->collector_sets, name);
}

static bool
fixture_tunnel_port(const struct lflow_scope *scope, const char *name,
                    uint32_t *ofport)
{
    const struct shash_node *node = shash_find(&names_of(scope)->tunnels,
                                               name);

    if (!node) {
        return false;
    }
    *ofport = (uintptr_t) node->data;
    return true;
}

static const struct dhcp_option *
fixture_dhcp_option(const struct lflow_scope *scope, bool v6,
                    const char *name)
{
    const struct lflow_fixture_names *names = names_of(scope);

    if (names->has_dhcp[v6]) {
        return shash_find_data(&names->dhcp[v6], name);
    }
    return v6 ? dhcpv6_option_by_name(name) : dhcpv4_option_by_name(name);
}

static const struct lflow_scope_class fixture_class = {
    .port_key = fixture_port_key,
    .address_set = fixture_address_set,
    .port_group = fixture_port_group,
    .is_chassis_resident = fixture_is_chassis_resident,
    .template = fixture_template,
    .group_id = fixture_group_id,
    .meter_id = fixture_meter_id,
    .collector_set = fixture_collector_set,
    .tunnel_port = fixture_tunnel_port,
    .dhcp_option = fixture_dhcp_option,
};

/* --- Reading ----------------------------------------------------------- */

static int
bad(struct err *err, const char *member, const char *name, const char *what)
{
    char *field = name ? xasprintf("%s.%s", member, name) : xstrdup(member);
    int error = err_put(err, -WEFT_E_INVALID, field, "%s", what);

    free(field);
    return error;
}

/* The strings of array 'json', borrowed, in a malloc()ed array; NULL when
 * it isn't an array of strings. */
static const char **
get_strings(json_t *json, size_t *n)
{
    const char **strings;
    json_t *element;
    size_t i;

    if (!json_is_array(json)) {
        return NULL;
    }
    *n = json_array_size(json);
    strings = xmalloc(MAX(*n, 1) * sizeof *strings);
    json_array_foreach (json, i, element) {
        strings[i] = json_string_value(element);
        if (!strings[i]) {
            free(strings);
            return NULL;
        }
    }
    return strings;
}

static int
read_port(struct lflow_fixture *f, const char *name, json_t *json,
          struct err *err)
{
    json_int_t key = json_integer_value(json);

    if (!json_is_integer(json) || key < 1 || key > UINT16_MAX) {
        return bad(err, "ports", name, "a key from 1 to 65535 is expected");
    }
    shash_replace(&f->names->ports, name, (void *) (uintptr_t) key);
    return 0;
}

static int
read_address_set(struct lflow_fixture *f, const char *name, json_t *json,
                 struct err *err)
{
    struct err why = ERR_INIT;
    struct constant_set *set;
    const char **strings;
    size_t n;
    int error = 0;

    strings = get_strings(json, &n);
    if (!strings) {
        return bad(err, "address_sets", name,
                   "an array of strings is expected");
    }
    set = constant_set_create(strings, n, &why);
    free(strings);
    if (why.code) {
        error = bad(err, "address_sets", name, why.message);
        constant_set_destroy(set);
        err_clear(&why);
    } else {
        constant_set_destroy(shash_replace(&f->names->address_sets, name,
                                           set));
    }
    return error;
}

static void
port_set_free(struct port_set *set)
{
    if (set) {
        for (size_t i = 0; i < set->n; i++) {
            free(CONST_CAST(char *, set->members[i].name));
        }
        free(CONST_CAST(struct port_set_member *, set->members));
        free(set);
    }
}

static int
read_port_group(struct lflow_fixture *f, const char *name, json_t *json,
                struct err *err)
{
    struct port_set_member *members;
    const char **strings;
    struct port_set *set;
    size_t n;

    strings = get_strings(json, &n);
    if (!strings) {
        return bad(err, "port_groups", name,
                   "an array of strings is expected");
    }
    members = xmalloc(MAX(n, 1) * sizeof *members);
    for (size_t i = 0; i < n; i++) {
        members[i].name = xstrdup(strings[i]);
        members[i].key = 0;
        fixture_port_key(&f->scope, strings[i], &members[i].key);
    }
    free(strings);
    set = xmalloc(sizeof *set);
    *set = (struct port_set) { members, n };
    port_set_free(shash_replace(&f->names->port_groups, name, set));
    return 0;
}

static int
read_template(struct lflow_fixture *f, const char *name, json_t *json,
              struct err *err)
{
    if (!json_is_string(json)) {
        return bad(err, "templates", name, "a string is expected");
    }
    free(shash_replace(&f->names->templates, name,
                       xstrdup(json_string_value(json))));
    return 0;
}

static int
read_tunnel(struct lflow_fixture *f, const char *name, json_t *json,
            struct err *err)
{
    json_int_t port = json_integer_value(json);

    if (!json_is_integer(json) || port < 1 || port > UINT16_MAX) {
        return bad(err, "tunnels", name,
                   "an OpenFlow port from 1 to 65535 is expected");
    }
    shash_replace(&f->names->tunnels, name, (void *) (uintptr_t) port);
    return 0;
}

/* One of {"code": CODE, "type": "TYPE"} by name. */
static int
read_dhcp_option(struct lflow_fixture *f, bool v6, const char *name,
                 json_t *json, struct err *err)
{
    const char *table = v6 ? "dhcpv6_options" : "dhcp_options";
    const json_int_t max = v6 ? UINT16_MAX : UINT8_MAX;
    json_t *code = json_object_get(json, "code");
    const char *type = json_string_value(json_object_get(json, "type"));
    struct dhcp_option *option;
    enum dhcp_option_type t;

    if (!json_is_integer(code) || json_integer_value(code) < 0
        || json_integer_value(code) > max || !type
        || !dhcp_option_type_from_string(type, &t)) {
        return bad(err, table, name, "a \"code\" and a \"type\" as of "
                   "OVN's DHCP_Options are expected");
    }
    option = xmalloc(sizeof *option);
    option->code = json_integer_value(code);
    option->type = t;
    free(shash_replace(&f->names->dhcp[v6], name, option));
    option->name = shash_find(&f->names->dhcp[v6], name)->name;
    return 0;
}

static int
read_dhcpv4_option(struct lflow_fixture *f, const char *name, json_t *json,
                   struct err *err)
{
    return read_dhcp_option(f, false, name, json, err);
}

static int
read_dhcpv6_option(struct lflow_fixture *f, const char *name, json_t *json,
                   struct err *err)
{
    return read_dhcp_option(f, true, name, json, err);
}

static int
read_collector_sets(struct lflow_fixture *f, json_t *json, struct err *err)
{
    json_t *element;
    size_t i;

    json_array_foreach (json, i, element) {
        json_int_t id = json_integer_value(element);
        char name[16];

        if (!json_is_integer(element) || id < 0 || id > UINT32_MAX) {
            return bad(err, "collector_sets", NULL,
                       "an array of 32-bit numbers is expected");
        }
        snprintf(name, sizeof name, "%u", (unsigned int) id);
        sset_add(&f->names->collector_sets, name);
    }
    return 0;
}

static int
read_resident(struct lflow_fixture *f, json_t *json, struct err *err)
{
    const char **strings;
    size_t n;

    strings = get_strings(json, &n);
    if (!strings) {
        return bad(err, "resident", NULL, "an array of strings is expected");
    }
    for (size_t i = 0; i < n; i++) {
        sset_add(&f->names->resident, strings[i]);
    }
    free(strings);
    return 0;
}

/* Reads "stage" and what of the place differs from the stage's own. */
static int
read_place(struct lflow_fixture *f, json_t *json, struct err *err)
{
    static const char *const members[] = {
        "ingress_table", "egress_table", "output_table", "n_stages"
    };
    uint8_t *const values[] = {
        &f->place.ingress_table, &f->place.egress_table,
        &f->place.output_table, &f->place.n_stages
    };
    const char *name = json_string_value(json_object_get(json, "stage"));
    const struct stage *stage = name ? stage_by_name(name) : NULL;

    if (name && !stage) {
        return bad(err, "place", "stage", "there is no such stage");
    } else if (stage) {
        f->place = lflow_place_of_stage(stage);
    }
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        json_t *value = json_object_get(json, members[i]);

        if (value) {
            if (!json_is_integer(value) || json_integer_value(value) < 0
                || json_integer_value(value) > UINT8_MAX) {
                return bad(err, "place", members[i],
                           "an integer from 0 to 255 is expected");
            }
            *values[i] = json_integer_value(value);
        }
    }
    return 0;
}

/* Members that are objects of named things, in the order of reading: port
 * groups need the ports. */
static const struct {
    const char *name;
    int (*read)(struct lflow_fixture *, const char *name, json_t *,
                struct err *);
} tables[] = {
    { "ports", read_port },
    { "address_sets", read_address_set },
    { "port_groups", read_port_group },
    { "templates", read_template },
    { "tunnels", read_tunnel },
    { "dhcp_options", read_dhcpv4_option },
    { "dhcpv6_options", read_dhcpv6_option },
};

/* Members that are arrays. */
static const struct {
    const char *name;
    int (*read)(struct lflow_fixture *, json_t *, struct err *);
} arrays[] = {
    { "resident", read_resident },
    { "collector_sets", read_collector_sets },
};

static int
check_members(json_t *root, struct err *err)
{
    const char *name;
    json_t *value;

    json_object_foreach (root, name, value) {
        bool is_object = !strcmp(name, "place"), is_array = false;

        for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
            is_object |= !strcmp(name, tables[i].name);
        }
        for (size_t i = 0; i < ARRAY_SIZE(arrays); i++) {
            is_array |= !strcmp(name, arrays[i].name);
        }
        if (!is_object && !is_array) {
            return bad(err, name, NULL, "unknown member of a fixture");
        } else if (is_array ? !json_is_array(value)
                   : !json_is_object(value)) {
            return bad(err, name, NULL, is_array ? "an array is expected"
                       : "an object is expected");
        }
    }
    return 0;
}

static int
read_root(struct lflow_fixture *f, json_t *root, struct err *err)
{
    json_t *json;
    int error = check_members(root, err);

    for (size_t i = 0; i < ARRAY_SIZE(tables) && !error; i++) {
        json_t *table = json_object_get(root, tables[i].name);
        const char *name;

        json_object_foreach (table, name, json) {
            error = tables[i].read(f, name, json, err);
            if (error) {
                break;
            }
        }
    }
    f->names->has_dhcp[false] = json_object_get(root, "dhcp_options");
    f->names->has_dhcp[true] = json_object_get(root, "dhcpv6_options");
    for (size_t i = 0; i < ARRAY_SIZE(arrays) && !error; i++) {
        json = json_object_get(root, arrays[i].name);
        if (json) {
            error = arrays[i].read(f, json, err);
        }
    }
    json = json_object_get(root, "place");
    if (!error && json) {
        error = read_place(f, json, err);
    }
    return error;
}

int
lflow_fixture_create(const char *text, size_t length,
                     struct lflow_fixture **fixture, struct err *err)
{
    struct lflow_fixture *f;
    json_error_t why;
    json_t *root;
    int error;

    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(root)) {
        json_decref(root);
        return err_put(err, -WEFT_E_INVALID, NULL,
                       "line %d: %s", root ? 1 : why.line,
                       root ? "a JSON object is expected" : why.text);
    }
    f = xzalloc(sizeof *f);
    f->scope.class = &fixture_class;
    f->place = lflow_place_of_stage(&stages[STAGE_LS_IN_ACL]);
    f->names = xzalloc(sizeof *f->names);
    shash_init(&f->names->ports);
    shash_init(&f->names->address_sets);
    shash_init(&f->names->port_groups);
    shash_init(&f->names->templates);
    shash_init(&f->names->tunnels);
    shash_init(&f->names->dhcp[false]);
    shash_init(&f->names->dhcp[true]);
    sset_init(&f->names->collector_sets);
    sset_init(&f->names->resident);
    shash_init(&f->names->groups);
    shash_init(&f->names->meters);
    error = read_root(f, root, err);
    json_decref(root);
    if (error) {
        lflow_fixture_destroy(f);
    } else {
        *fixture = f;
    }
    return error;
}

int
lflow_fixture_read(const char *name, struct lflow_fixture **fixture,
                   struct err *err)
{
    enum { MAX_FIXTURE = 64 << 20 };
    FILE *file = fopen(name, "rb");
    char *text;
    size_t n;
    int error;

    if (!file) {
        error = -errno;
        return err_put(err, error, name, "%s", ovs_strerror(-error));
    }
    text = xmalloc(MAX_FIXTURE);
    n = fread(text, 1, MAX_FIXTURE, file);
    if (ferror(file)) {
        error = err_put(err, -EIO, name, "%s", ovs_strerror(EIO));
    } else if (n >= MAX_FIXTURE) {
        error = err_put(err, -WEFT_E_TOO_LARGE, name,
                        "longer than %d bytes", MAX_FIXTURE - 1);
    } else {
        error = lflow_fixture_create(text, n, fixture, err);
    }
    free(text);
    fclose(file);
    return error;
}

void
lflow_fixture_destroy(struct lflow_fixture *fixture)
{
    struct lflow_fixture_names *names;
    struct shash_node *node;

    if (!fixture) {
        return;
    }
    names = fixture->names;
    SHASH_FOR_EACH (node, &names->address_sets) {
        constant_set_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &names->port_groups) {
        port_set_free(node->data);
    }
    shash_destroy(&names->address_sets);
    shash_destroy(&names->port_groups);
    shash_destroy_free_data(&names->templates);
    shash_destroy(&names->ports);
    shash_destroy(&names->tunnels);
    shash_destroy_free_data(&names->dhcp[false]);
    shash_destroy_free_data(&names->dhcp[true]);
    sset_destroy(&names->collector_sets);
    shash_destroy(&names->groups);
    shash_destroy(&names->meters);
    sset_destroy(&names->resident);
    free(names);
    free(fixture);
}
