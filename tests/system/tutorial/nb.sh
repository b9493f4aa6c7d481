#!/bin/bash
# The tutorial's network, step by step, in the words of stock OVN's users:
# nb.sh [switching|routing_n2|routing_r|gateway|ipv6|acl|dhcp]...
# 'ovn-nbctl' is whichever comes first in PATH, Weft's or OVN's.
set -e

# Addresses are those of the OVN OpenStack tutorial.
AP_MAC=fa:16:3e:a9:4c:c7  BP_MAC=fa:16:3e:99:7a:17  CP_MAC=fa:16:3e:89:f2:36
DP_MAC=fa:16:3e:c1:f5:a2
EP_MAC=fa:16:3e:0e:0e:0e        # e: not in the tutorial (plain SNAT)
N1_MAC=fa:16:3e:f6:e2:8f  N2_MAC=fa:16:3e:19:9f:46      # router r, IPv4
N16_MAC=fa:16:3e:ef:2f:8b N26_MAC=fa:16:3e:06:de:ad     # router r, IPv6
PUB_MAC=fa:16:3e:b2:d2:67 PRIV_MAC=fa:16:3e:fc:c8:da
PRIV6_MAC=fa:16:3e:35:33:db     # router1
DHCP_MAC=fa:16:3e:bb:94:72
D_IP6=fdb0:5860:4ba8:0:f816:3eff:fec1:f5a2

switching() { # n1 with ap, bp; the OpenStack "default" security group
  ovn-nbctl --wait=hv \
    -- ls-add n1 \
    -- lsp-add n1 ap -- lsp-set-addresses ap "$AP_MAC 10.1.1.5" -- lsp-set-port-security ap "$AP_MAC 10.1.1.5" \
    -- lsp-add n1 bp -- lsp-set-addresses bp "$BP_MAC 10.1.1.6" -- lsp-set-port-security bp "$BP_MAC 10.1.1.6" \
    -- pg-add pg_drop ap bp -- pg-add pg_default ap bp
  # Neutron: everything that no rule allows is dropped, both ways
  ovn-nbctl acl-add pg_drop from-lport 1001 'inport == @pg_drop && ip' drop
  ovn-nbctl acl-add pg_drop to-lport   1001 'outport == @pg_drop && ip' drop
  # "default": all egress; ingress from members; plus the tutorial's SSH and ICMP rules
  ovn-nbctl acl-add pg_default from-lport 1002 'inport == @pg_default && ip4' allow-related
  ovn-nbctl acl-add pg_default from-lport 1002 'inport == @pg_default && ip6' allow-related
  ovn-nbctl acl-add pg_default to-lport 1002 'outport == @pg_default && ip4 && ip4.src == $pg_default_ip4' allow-related
  ovn-nbctl acl-add pg_default to-lport 1002 'outport == @pg_default && ip6 && ip6.src == $pg_default_ip6' allow-related
  ovn-nbctl acl-add pg_default to-lport 1002 'outport == @pg_default && ip4 && ip4.src == 0.0.0.0/0 && tcp && tcp.dst == 22' allow-related
  ovn-nbctl acl-add pg_default to-lport 1002 'outport == @pg_default && ip4 && ip4.src == 0.0.0.0/0 && icmp4' allow-related
}
routing_n2() { # n2 with cp, not yet connected
  ovn-nbctl --wait=hv \
    -- ls-add n2 \
    -- lsp-add n2 cp -- lsp-set-addresses cp "$CP_MAC 10.1.2.7" -- lsp-set-port-security cp "$CP_MAC 10.1.2.7" \
    -- pg-set-ports pg_drop ap bp cp -- pg-set-ports pg_default ap bp cp
}
attach() { # attach SWITCH ROUTER SUFFIX MAC NET...
  local sw=$1 r=$2 sfx=$3 mac=$4; shift 4
  ovn-nbctl -- lrp-add $r lrp-$sw$sfx $mac "$@" \
    -- lsp-add $sw $sw$sfx-$r -- lsp-set-type $sw$sfx-$r router -- lsp-set-addresses $sw$sfx-$r router \
    -- lsp-set-options $sw$sfx-$r router-port=lrp-$sw$sfx
}
routing_r() { ovn-nbctl lr-add r; attach n1 r "" $N1_MAC 10.1.1.1/24; attach n2 r "" $N2_MAC 10.1.2.1/24; ovn-nbctl --wait=hv sync; }
routing() { routing_n2; routing_r; }

gateway() { # what DevStack makes by itself (private, public, router1) + VM d + floating IP
  ovn-nbctl -- ls-add private -- ls-add public -- lr-add router1 \
    -- lsp-add private dp -- lsp-set-addresses dp "$DP_MAC 10.0.0.6 $D_IP6" -- lsp-set-port-security dp "$DP_MAC 10.0.0.6 $D_IP6" \
    -- lsp-add private ep -- lsp-set-addresses ep "$EP_MAC 10.0.0.7" -- lsp-set-port-security ep "$EP_MAC 10.0.0.7" \
    -- pg-set-ports pg_drop ap bp cp dp ep -- pg-set-ports pg_default ap bp cp dp ep \
    -- lsp-add public provnet -- lsp-set-type provnet localnet -- lsp-set-addresses provnet unknown \
    -- lsp-set-options provnet network_name=public
  attach private router1 "" $PRIV_MAC 10.0.0.1/26
  attach private router1 6 $PRIV6_MAC fdb0:5860:4ba8::1/64
  attach public router1 "" $PUB_MAC 172.24.4.9/24 2001:db8::b/64
  ovn-nbctl lsp-set-options public-router1 router-port=lrp-public nat-addresses=router
  ovn-nbctl --wait=hv -- lrp-set-gateway-chassis lrp-public hv2 1 \
    -- lr-route-add router1 0.0.0.0/0 172.24.4.1 -- lr-route-add router1 ::/0 2001:db8::2 \
    -- lr-nat-add router1 snat 172.24.4.9 10.0.0.0/26 \
    -- lr-nat-add router1 dnat_and_snat 172.24.4.8 10.0.0.6
}
ipv6() {
  attach n1 r 6 $N16_MAC fc11::1/64
  attach n2 r 6 $N26_MAC fc22::1/64
  local p
  for p in "ap $AP_MAC 10.1.1.5 fc11::5" "bp $BP_MAC 10.1.1.6 fc11::6" "cp $CP_MAC 10.1.2.7 fc22::7"; do
    ovn-nbctl lsp-set-addresses ${p%% *} "${p#* }" -- lsp-set-port-security ${p%% *} "${p#* }"
  done
  ovn-nbctl --wait=hv sync
}
acl() { # security group "custom" on c instead of "default"
  ovn-nbctl pg-set-ports pg_default ap bp dp ep -- pg-add pg_custom cp
  ovn-nbctl acl-add pg_custom from-lport 1002 'inport == @pg_custom && ip4' allow-related
  ovn-nbctl acl-add pg_custom from-lport 1002 'inport == @pg_custom && ip6' allow-related
  ovn-nbctl acl-add pg_custom to-lport 1002 'outport == @pg_custom && ip4 && ip4.src == 0.0.0.0/0 && tcp && tcp.dst == 22' allow-related
  ovn-nbctl --wait=hv acl-add pg_custom to-lport 1002 'outport == @pg_custom && ip4 && ip4.src == 0.0.0.0/0 && icmp4' allow-related
}
dhcp() { # one DHCP_Options row per subnet, shared by its ports
  local u4 u6
  u4=$(ovn-nbctl create dhcp_options cidr=10.1.1.0/24 \
     options='lease_time=43200 mtu=1442 router=10.1.1.1 server_id=10.1.1.1 server_mac="'$DHCP_MAC'"')
  u6=$(ovn-nbctl create dhcp_options cidr='"fc11::/64"' options='server_id="'$DHCP_MAC'" dns_server="fc11::1"')
  ovn-nbctl --wait=hv -- lsp-set-dhcpv4-options ap $u4 -- lsp-set-dhcpv4-options bp $u4 \
     -- lsp-set-dhcpv6-options ap $u6 -- lsp-set-dhcpv6-options bp $u6
}
[ $# -gt 0 ] || set -- switching routing gateway ipv6 acl dhcp
for s; do $s; echo "nb: $s done"; done
