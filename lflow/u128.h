/* Values of up to 128 bits, the widest field of a logical flow. */
#ifndef WEFT_LFLOW_U128_H
#define WEFT_LFLOW_U128_H 1

#include <stdbool.h>
#include <stdint.h>

union mf_value;
union mf_subvalue;
struct ds;

typedef unsigned __int128 u128;

#define U128_MAX (~(u128) 0)

/* The lowest 'n_bits' (0 to 128) ones. */
static inline u128
u128_ones(unsigned int n_bits)
{
    return n_bits >= 128 ? U128_MAX : ((u128) 1 << n_bits) - 1;
}

static inline u128
u128_from_u64(uint64_t hi, uint64_t lo)
{
    return (u128) hi << 64 | lo;
}

/* Number of bits needed to write 'value' (0 for 0). */
static inline unsigned int
u128_n_bits(u128 value)
{
    uint64_t hi = value >> 64, lo = value;

    return hi ? 128 - __builtin_clzll(hi) : lo ? 64 - __builtin_clzll(lo) : 0;
}

static inline unsigned int
u128_popcount(u128 value)
{
    return __builtin_popcountll(value >> 64) + __builtin_popcountll(value);
}

/* Position of the lowest 1-bit; 128 when there is none. */
static inline unsigned int
u128_ctz(u128 value)
{
    uint64_t hi = value >> 64, lo = value;

    return lo ? __builtin_ctzll(lo) : hi ? 64 + __builtin_ctzll(hi) : 128;
}

static inline int
u128_compare(u128 a, u128 b)
{
    return a < b ? -1 : a > b;
}

/* 'value' as OVS wants it: in the lowest bits of a big-endian subvalue
 * (128 bytes, all set). */
void u128_to_subvalue(u128 value, union mf_subvalue *subvalue);
u128 u128_from_subvalue(const union mf_subvalue *subvalue);

/* 'value' as the 'n_bytes' (1 to 16) big-endian bytes at 'bytes', and back:
 * the layout of a union mf_value of that size. */
void u128_to_bytes(u128 value, void *bytes, unsigned int n_bytes);
u128 u128_from_bytes(const void *bytes, unsigned int n_bytes);

/* Appends 0x... in lower case; "0" for zero, as OVS writes subvalues. */
void u128_format_hex(u128 value, struct ds *s);

#endif
