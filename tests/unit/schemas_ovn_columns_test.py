#!/usr/bin/env python3
"""Every table and column of OVN's northbound database has its place here.

Reads the schema file of the OVN that is installed (Debian's ovn-common) and
holds schemas/nb against it: names, ranges, values, and which columns are
optional or may hold several values."""

import json
import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ.get(
    "WEFT_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
OVN = pathlib.Path("/usr/share/ovn/ovn-nb.ovsschema")

# Columns that list children: here children name their parent.
CHILDREN = {
    ("Logical_Switch", "ports"): ("logical_switch_port", "switch"),
    ("Logical_Switch", "acls"): ("acl", "switch"),
    ("Logical_Switch", "qos_rules"): ("qos", "switch"),
    ("Logical_Switch", "forwarding_groups"): ("forwarding_group", "switch"),
    ("Port_Group", "acls"): ("acl", "port_group"),
    ("Load_Balancer", "health_check"): ("load_balancer_health_check",
                                        "load_balancer"),
    ("Logical_Router", "ports"): ("logical_router_port", "router"),
    ("Logical_Router", "static_routes"): ("logical_router_static_route",
                                          "router"),
    ("Logical_Router", "policies"): ("logical_router_policy", "router"),
    ("Logical_Router", "nat"): ("nat", "router"),
    ("Logical_Router_Port", "gateway_chassis"): ("gateway_chassis",
                                                 "router_port"),
    ("Meter", "bands"): ("meter_band", "meter"),
    ("HA_Chassis_Group", "ha_chassis"): ("ha_chassis", "ha_chassis_group"),
}
# Members with keys of their own.
MEMBERS = {("Address_Set", "addresses"): "address_set_address",
           ("Port_Group", "ports"): "port_group_port"}


def load_tables():
    return {path.stem: json.loads(path.read_text())
            for path in (SOURCE / "schemas" / "nb").glob("*.json")}


def columns_of(table):
    return {column["name"]: column for column in table["columns"]}


def key_type(ovn):
    """(type of the key, its constraints) of a column type of OVSDB."""
    key = ovn if isinstance(ovn, str) else ovn["key"]
    return (key, {}) if isinstance(key, str) else (key["type"], key)


def shape(ovn):
    if isinstance(ovn, dict):
        if "value" in ovn:
            return "map"
        if ovn.get("max", 1) != 1:
            return "set"
    return "scalar"


def check_column(where, ovn, ours):
    kind, limits = key_type(ovn)
    is_collection = ours["type"] in ("set", "map")
    assert (shape(ovn) == ours["type"]) if is_collection else (
        shape(ovn) == "scalar"), f"{where}: {shape(ovn)}"
    if is_collection:
        return
    if kind == "integer":
        assert ours["type"] == "integer", where
        if "minInteger" in limits:
            assert ours["min"] == limits["minInteger"], f"{where}: min"
        if "maxInteger" in limits:
            assert ours["max"] == limits["maxInteger"], f"{where}: max"
    if kind == "boolean":
        assert ours["type"] == "boolean", where
    if "enum" in limits:
        values = limits["enum"]
        values = set(values[1] if isinstance(values, list) else [values])
        assert ours["type"] == "enum", where
        ours_values = set(ours["values"]) - {""} - MORE.get(where, set())
        assert ours_values == values, f"{where}: values"


# What we take and OVN 23.03 does not: of later versions.
MORE = {"acl.action": {"pass"}}


def main():
    if not OVN.exists():
        print(f"{OVN} is not installed")
        sys.exit(77)
    schema = json.loads(OVN.read_text())
    tables = load_tables()
    n = 0
    for ovn_name, ovn_table in schema["tables"].items():
        name = ovn_name.lower()
        assert name in tables, f"no table {name}"
        ours = columns_of(tables[name])
        for column, definition in ovn_table["columns"].items():
            n += 1
            where = f"{name}.{column}"
            if (ovn_name, column) in CHILDREN:
                child, parent = CHILDREN[ovn_name, column]
                assert columns_of(tables[child])[parent]["ref"] == name, where
            elif (ovn_name, column) in MEMBERS:
                member = tables[MEMBERS[ovn_name, column]]
                assert member["id"][0]["ref"] == name, where
            else:
                assert column in ours, f"no column {where}"
                if not ours[column].get("in_status"):
                    check_column(where, definition["type"], ours[column])
    print(f"{n} columns of {len(schema['tables'])} tables")


if __name__ == "__main__":
    main()
