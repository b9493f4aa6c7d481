/* Base64: see base64.h. */
#include <config.h>

#include "store/base64.h"

#include <stdint.h>
#include <string.h>

static const char DIGITS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Value of each digit plus one; 0: it is none. */
static const unsigned char VALUES[256] = {
#define V(C, N) [C] = N + 1
    V('A', 0), V('B', 1), V('C', 2), V('D', 3), V('E', 4), V('F', 5),
    V('G', 6), V('H', 7), V('I', 8), V('J', 9), V('K', 10), V('L', 11),
    V('M', 12), V('N', 13), V('O', 14), V('P', 15), V('Q', 16), V('R', 17),
    V('S', 18), V('T', 19), V('U', 20), V('V', 21), V('W', 22), V('X', 23),
    V('Y', 24), V('Z', 25), V('a', 26), V('b', 27), V('c', 28), V('d', 29),
    V('e', 30), V('f', 31), V('g', 32), V('h', 33), V('i', 34), V('j', 35),
    V('k', 36), V('l', 37), V('m', 38), V('n', 39), V('o', 40), V('p', 41),
    V('q', 42), V('r', 43), V('s', 44), V('t', 45), V('u', 46), V('v', 47),
    V('w', 48), V('x', 49), V('y', 50), V('z', 51), V('0', 52), V('1', 53),
    V('2', 54), V('3', 55), V('4', 56), V('5', 57), V('6', 58), V('7', 59),
    V('8', 60), V('9', 61), V('+', 62), V('/', 63),
#undef V
};

void
base64_put(struct ds *out, const void *data, size_t size)
{
    const unsigned char *in = data;
    char *p = ds_put_uninit(out, (size + 2) / 3 * 4);

    for (; size >= 3; size -= 3, in += 3) {
        uint32_t bits = in[0] << 16 | in[1] << 8 | in[2];

        *p++ = DIGITS[bits >> 18];
        *p++ = DIGITS[bits >> 12 & 63];
        *p++ = DIGITS[bits >> 6 & 63];
        *p++ = DIGITS[bits & 63];
    }
    if (size) {
        uint32_t bits = in[0] << 16 | (size > 1 ? in[1] << 8 : 0);

        *p++ = DIGITS[bits >> 18];
        *p++ = DIGITS[bits >> 12 & 63];
        *p++ = size > 1 ? DIGITS[bits >> 6 & 63] : '=';
        *p++ = '=';
    }
}

size_t
base64_decoded_size(size_t size)
{
    return size / 4 * 3;
}

size_t
base64_decode(const char *text, size_t size, char *data)
{
    const unsigned char *in = (const unsigned char *) text;
    char *p = data;

    if (size % 4) {
        return -1;
    }
    for (; size > 0; size -= 4, in += 4) {
        unsigned int n_pad = size > 4 || in[3] != '=' ? 0
                             : in[2] != '=' ? 1 : 2;
        uint32_t bits = 0;

        for (unsigned int i = 0; i < 4 - n_pad; i++) {
            if (!VALUES[in[i]]) {
                return -1;
            }
            bits |= (uint32_t) (VALUES[in[i]] - 1) << (18 - 6 * i);
        }
        *p++ = bits >> 16;
        if (n_pad < 2) {
            *p++ = bits >> 8;
        }
        if (!n_pad) {
            *p++ = bits;
        }
    }
    return p - data;
}
