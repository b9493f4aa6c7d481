"""The formats of schemas/formats.json once more, written independently of
schemas/schema_format*.c, with examples to make rows from."""

import ipaddress
import re

import jsonschema

HEX2 = "[0-9a-fA-F]{2}"


def matches(pattern):
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def parses(parser):
    def check(text):
        try:
            parser(text)
        except ValueError:
            return False
        return True
    return check


def is_name(text):
    return (1 <= len(text) <= 255
            and not any(ord(c) < 32 or ord(c) == 127 for c in text))


is_mac = matches(":".join([HEX2] * 6))
is_ip4 = parses(ipaddress.IPv4Address)


def is_ip6(text):
    return "%" not in text and parses(ipaddress.IPv6Address)(text)


def is_ip(text):
    return is_ip4(text) or is_ip6(text)


def is_cidr(text):
    address, slash, length = text.partition("/")
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", length):
        return False
    return (is_ip4(address) and int(length) <= 32
            or is_ip6(address) and int(length) <= 128)


def is_ip_or_cidr(text):
    return is_ip(text) or is_cidr(text)


def words(text):
    return [word for word in text.split(" ") if word]


def is_lsp_address(text):
    parts = words(text)
    if not parts or parts[0] != text.lstrip(" ").split(" ")[0]:
        return False
    if parts in (["unknown"], ["router"]):
        return True
    if parts[0] == "dynamic":
        return all(map(is_ip, parts[1:]))
    return is_mac(parts[0]) and (parts[1:] == ["dynamic"]
                                 or all(map(is_ip, parts[1:])))


def is_port_security(text):
    parts = words(text)
    return (len(parts) > 0 and is_mac(parts[0])
            and all(map(is_ip_or_cidr, parts[1:])))


def is_match(text):
    return (text.strip(" \n\r\t") != ""
            and not any(ord(c) < 32 and c not in "\n\r\t" or ord(c) == 127
                        for c in text))


def is_ip4_ranges(text):
    parts = words(text)
    return len(parts) > 0 and all(
        is_ip4(part) if ".." not in part
        else all(map(is_ip4, part.split("..", 1))) for part in parts)


def is_ip_words(text):
    parts = words(text)
    return len(parts) > 0 and all(map(is_ip_or_cidr, parts))


def is_set_address(text):
    if is_mac(text) or is_ip_or_cidr(text):
        return True
    address, _, mask = text.partition("/")
    return (is_ip4(address) and is_ip4(mask)
            or is_ip6(address) and is_ip6(mask))


is_template = matches(r"\^[A-Za-z_][A-Za-z0-9_]*")


def is_port(text):
    return (re.fullmatch("[1-9][0-9]{0,4}", text) is not None
            and int(text) <= 65535)


def is_lb_vip(text):
    if is_ip(text) or is_template(text):
        return True
    head, colon, port = text.rpartition(":")
    if not colon:
        return False
    if head.startswith("[") and head.endswith("]"):
        return is_ip6(head[1:-1]) and is_port(port)
    if is_template(head):
        return is_port(port) or is_template(port)
    return is_ip4(head) and is_port(port)


def is_lb_backends(text):
    return text == "" or all(is_lb_vip(part.strip(" "))
                             for part in text.split(","))


def is_bracketed(text):
    return (text.startswith("[") and text.endswith("]")
            and is_ip6(text[1:-1]))


def is_lb_backend_ip(text):
    return is_ip(text) or is_bracketed(text)


def is_lb_mapping(text):
    if ":[" in text:
        name, address = text.split(":[", 1)
        return is_name(name) and is_bracketed("[" + address)
    name, colon, address = text.rpartition(":")
    return colon != "" and is_name(name) and is_ip4(address)


def is_snat_ips(text):
    parts = text.split(" ")
    if len(parts) == 1:
        return is_ip(text)
    return len(parts) == 2 and (is_ip4(parts[0]) and is_ip6(parts[1])
                                or is_ip6(parts[0]) and is_ip4(parts[1]))


def is_port_range(text):
    low, hyphen, high = text.partition("-")
    if not hyphen:
        return is_port(text)
    return is_port(low) and is_port(high) and int(low) <= int(high)


def is_ip_list(text):
    if not text.startswith("{"):
        return is_ip(text)
    return text.endswith("}") and all(is_ip(part.strip(" "))
                                      for part in text[1:-1].split(","))


MAC, IP4, IP6 = "0a:00:00:00:00:01", "192.0.2.1", "2001:db8::1"

# name: (checker, strings that have it, strings that are near)
FORMATS = {
    "name": (is_name, ["a", "n 1", "é" * 255, "x/y%"],
             ["", "a\tb", "é" * 256, "\x7f"]),
    "id": (is_name, ["n1", "a/b", "x" * 255], ["", "a\nb", "x" * 256]),
    "uuid": (matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
             ["3fa85f64-5717-4562-b3fc-2c963f66afa6"],
             ["3fa85f64-5717-4562-b3fc-2c963f66afa", "{}", "3fa85f64"]),
    "mac": (is_mac, [MAC, "FF:ff:Ff:00:11:22"],
            [MAC + ":02", MAC[:-1], "0a-00-00-00-00-01", "a:0:0:0:0:1"]),
    "ip4": (is_ip4, [IP4, "0.0.0.0", "255.255.255.255"],
            ["192.0.2.256", "192.0.2", "192.0.2.01", "192.0.2.1.", IP6]),
    "ip6": (is_ip6, [IP6, "::", "::ffff:192.0.2.1", "FE80::1"],
            [IP4, "fe80::1%eth0", ":::", "1:2:3:4:5:6:7", "2001:db8::g"]),
    "ip": (is_ip, [IP4, IP6], ["", "host", IP4 + "/24"]),
    "cidr": (is_cidr, [IP4 + "/24", IP6 + "/64", "0.0.0.0/0", "::/128"],
             [IP4, IP4 + "/33", IP4 + "/024", IP6 + "/129", IP4 + "/",
              IP4 + "/+1", IP4 + "/24 "]),
    "ip_or_cidr": (is_ip_or_cidr, [IP4, IP6 + "/0"], ["10/8", IP4 + "/x"]),
    "lsp_address": (
        is_lsp_address,
        ["unknown", "dynamic", "router", MAC, f"{MAC} {IP4} {IP6}",
         f"{MAC} dynamic", f"dynamic {IP4}", f"{MAC}  {IP4}"],
        [IP4, f"unknown {IP4}", f"{MAC} host", f"router {MAC}", "",
         f"{MAC} dynamic {IP4}", f"{MAC},{IP4}"]),
    "port_security": (
        is_port_security, [MAC, f"{MAC} {IP4}/24", f"{MAC} {IP4} {IP6}"],
        ["", "unknown", IP4, f"{MAC} dynamic", f"{MAC} {IP4}/"]),
    "match": (is_match, ["1", "ip4 &&\n tcp", "x\ty"],
              ["", " ", "\n", "a\x01", "a\x7f"]),
    "identifier": (matches("[A-Za-z_.][A-Za-z_.0-9]{0,254}"),
                   ["a", "_x.9", "x" * 255],
                   ["9a", "a-b", "", "é", "x" * 256]),
    "oui": (matches(":".join([HEX2] * 3)), ["0a:00:00"],
            ["0a:00", MAC, "0a:00:0g"]),
    "cidr4": (lambda text: is_cidr(text) and ":" not in text,
              [IP4 + "/24"], [IP6 + "/64", IP4]),
    "ip4_ranges": (is_ip4_ranges, [IP4, f"{IP4}..192.0.2.9 10.0.0.1"],
                   ["", IP6, f"{IP4}...192.0.2.9", f"{IP4}-192.0.2.9"]),
    "ip6_prefix": (lambda text: is_ip6(text)
                   or ":" in text and is_cidr(text),
                   ["2001:db8::", "2001:db8::/64"], [IP4, "2001:db8"]),
    "ip_words": (is_ip_words, [IP4, f"{IP4} {IP6}/64"], ["", "a b"]),
    "set_address": (is_set_address,
                    [MAC, IP4, IP6, IP4 + "/24", IP4 + "/255.0.255.0",
                     IP6 + "/ffff::"],
                    [IP4 + "/ffff::", "host", IP4 + "/"]),
    "lb_vip": (is_lb_vip,
               [IP4, IP6, IP4 + ":80", f"[{IP6}]:65535", "^VIP", "^VIP:80",
                "^VIP:^PORT"],
               [IP4 + ":0", IP4 + ":65536", f"[{IP6}]", "^", "^1:80",
                IP4 + ":^PORT", ":80"]),
    "lb_backends": (is_lb_backends,
                    ["", IP4 + ":80", f"{IP4}:80, 10.0.0.2:80", "^B,^C:80"],
                    [",", f"{IP4}:80,", f"{IP4}:80 10.0.0.2:80"]),
    "lb_backend_ip": (is_lb_backend_ip, [IP4, f"[{IP6}]", IP6],
                      [f"[{IP4}]", "[]"]),
    "lb_mapping": (is_lb_mapping, [f"vm1:{IP4}", f"a:b:[{IP6}]"],
                   [IP4, f":{IP4}", f"vm1:{IP6}", f"vm1:[{IP4}]"]),
    "snat_ips": (is_snat_ips, [IP4, IP6, f"{IP4} {IP6}", f"{IP6} {IP4}"],
                 [f"{IP4} 10.0.0.1", f"{IP4}  {IP6}", "router_ip"]),
    "force_snat_ips": (lambda text: text == "router_ip" or is_snat_ips(text),
                       ["router_ip", IP4], ["router", f"{IP6} {IP6}"]),
    "nexthop": (lambda text: text == "discard" or is_ip(text),
                ["discard", IP4, IP6], ["drop", IP4 + "/32"]),
    "port_range": (is_port_range, ["1", "1-65535", "80-80"],
                   ["0", "2-1", "1-", "-1", "1-65536", "01-2"]),
    "ip_list": (is_ip_list, [IP4, f"{{{IP4}, 10.0.0.2}}", f"{{{IP6}}}"],
                ["{}", f"{IP4}, 10.0.0.2", f"{{{IP4}", f"{{{IP4},}}"]),
    "ip4_or_mac": (lambda text: is_ip4(text) or is_mac(text), [IP4, MAC],
                   [IP6, "x"]),
}


def checker():
    """A jsonschema.FormatChecker that knows exactly our formats."""
    result = jsonschema.FormatChecker(formats=())
    result.checkers = {
        name: (lambda value, check=check: not isinstance(value, str)
               or check(value), ())
        for name, (check, _, _) in FORMATS.items()}
    return result
