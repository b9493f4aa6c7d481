/* Values of up to 128 bits: see u128.h. */
#include <config.h>

#include "lflow/u128.h"

#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/meta-flow.h"

void
u128_to_bytes(u128 value, void *bytes_, unsigned int n_bytes)
{
    uint8_t *bytes = bytes_;

    for (unsigned int i = n_bytes; i-- > 0; value >>= 8) {
        bytes[i] = value;
    }
}

u128
u128_from_bytes(const void *bytes_, unsigned int n_bytes)
{
    const uint8_t *bytes = bytes_;
    u128 value = 0;

    for (unsigned int i = 0; i < n_bytes; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

void
u128_to_subvalue(u128 value, union mf_subvalue *subvalue)
{
    enum { N = sizeof subvalue->u8 };

    memset(subvalue, 0, N - sizeof value);
    u128_to_bytes(value, &subvalue->u8[N - sizeof value], sizeof value);
}

u128
u128_from_subvalue(const union mf_subvalue *subvalue)
{
    enum { N = sizeof subvalue->u8 };

    return u128_from_bytes(&subvalue->u8[N - sizeof(u128)], sizeof(u128));
}

void
u128_format_hex(u128 value, struct ds *s)
{
    uint64_t hi = value >> 64, lo = value;

    if (hi) {
        ds_put_format(s, "0x%"PRIx64"%016"PRIx64, hi, lo);
    } else if (lo) {
        ds_put_format(s, "0x%"PRIx64, lo);
    } else {
        ds_put_char(s, '0');
    }
}
