"""Eight bytes of text as one machine word: where its digits end and what they say, without a loop.

The first byte of the text is the lowest of the word. A word is the text XOR :data:`ZEROS`, so a digit is its value.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = 8
ZEROS, BLANKS = np.uint64(0x3030303030303030), np.uint64(0x2020202020202020)
_LOW_BITS, _HIGH_BITS = np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(0x8080808080808080)
_TO_HIGH_BIT = np.uint64(0x7676767676767676)  # 10 + 0x76 is 0x80
_PAIRS, _TENS = np.uint64(0x00FF00FF00FF00FF), np.uint64(10 * 2**8 + 1)
_FOURS, _HUNDREDS = np.uint64(0x0000FFFF0000FFFF), np.uint64(100 * 2**16 + 1)
_TEN_THOUSANDS = np.uint64(10_000 * 2**32 + 1)
_1, _8, _16, _32 = (np.uint64(n) for n in (1, 8, 16, 32))


@intrinsic  # type: ignore[untyped-decorator]
def load_word(typingctx: Any, data: Any, place: Any) -> Any:
    """The eight bytes of a contiguous uint8 array from ``place`` on; they must be there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        start = builder.gep(array.data, [arguments[1]])
        word = builder.load(builder.bitcast(start, context.get_value_type(types.uint64).as_pointer()))
        word.align = 1
        return builder.bswap(word) if sys.byteorder == "big" else word

    return types.uint64(data, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def borrowed(typingctx: Any, array: Any) -> Any:
    """The same array without its reference count, which numba would change, locked, at every call it is handed to.

    For the length of one kernel, whose caller holds the array.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        view.meminfo, view.parent = (cgutils.get_null_value(field.type) for field in (view.meminfo, view.parent))
        return view._getvalue()

    return array(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def trailing_zeros(typingctx: Any, word: Any) -> Any:
    """Zero bits below the lowest one that is set; 64 of zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.false_bit)

    return types.int64(types.uint64), generate


@njit(cache=True, nogil=True, forceinline=True)
def not_digits(word):  # type: ignore[no-untyped-def]
    """The high bit of every byte that is no digit."""
    return (((word & _LOW_BITS) + _TO_HIGH_BIT) | word) & _HIGH_BITS


@njit(cache=True, nogil=True, forceinline=True)
def first_bytes_moved_last(word, count):  # type: ignore[no-untyped-def]
    """The first ``count`` bytes, 1 to 8, with leading zeros instead of what follows them."""
    return word << np.uint64((WORD - count) << 3)


@njit(cache=True, nogil=True, forceinline=True)
def without_byte(word, place):  # type: ignore[no-untyped-def]
    """The other seven bytes."""
    bits = np.uint64(place << 3)
    return (word & ((_1 << bits) - _1)) | ((word >> _8 >> bits) << bits)


@njit(cache=True, nogil=True, forceinline=True)
def number_of(word):  # type: ignore[no-untyped-def]
    """The number that eight digits spell: neighbours are joined to pairs, fours and all eight."""
    word = (word * _TENS) >> _8
    word = ((word & _PAIRS) * _HUNDREDS) >> _16
    return np.int64(((word & _FOURS) * _TEN_THOUSANDS) >> _32)
