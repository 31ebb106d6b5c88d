"""HEIC photos made by code: no encoder of HEVC is free to install, so here is the least of one.

A picture of one colour per block of 32 × 32, each block raw (I_PCM) in one intra slice (ITU-T
H.265), within a HEIF container (ISO/IEC 23008-12).
"""

from collections.abc import Sequence

type Yuv = tuple[int, int, int]

BLOCK = 32
MOST_BLOCKS = 12
GREEN: Yuv = (150, 44, 21)
RED: Yuv = (82, 90, 240)

#: Table 9-52, its last column, for as many blocks as a picture may have here.
_LPS_RANGES = (240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135)
_LENGTH_3_1 = 93


def heic(rows: Sequence[Sequence[Yuv]], *, quarter_turns: int = 0, exif: bytes = b"") -> bytes:
    """`rows` of blocks; turned counterclockwise when shown; `exif` as a TIFF structure."""
    size = (len(rows[0]) * BLOCK, len(rows) * BLOCK)
    coded = _sample(_nal(19, _slice([block for row in rows for block in row])))
    items = [(b"hvc1", coded), *([(b"Exif", b"\0\0\0\0" + exif)] if exif else [])]
    head = _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    start = len(head) + len(_meta(items, size, quarter_turns, 0)) + 8
    body = _box(b"mdat", b"".join(payload for _, payload in items))
    return head + _meta(items, size, quarter_turns, start) + body


class _Bits:
    def __init__(self) -> None:
        self.bits: list[int] = []

    def u(self, length: int, value: int = 0) -> "_Bits":
        self.bits += [value >> shift & 1 for shift in reversed(range(length))]
        return self

    def ue(self, *values: int) -> "_Bits":
        for value in values:
            length = (value + 1).bit_length()
            self.u(2 * length - 1, value + 1)
        return self

    def trailing(self) -> bytes:
        """A one, then zeros to the end of the byte."""
        return self.u(1, 1).aligned()

    def aligned(self) -> bytes:
        self.u(-len(self.bits) % 8)
        whole = int("".join(map(str, self.bits)) or "0", 2)
        return whole.to_bytes(len(self.bits) // 8)


class _Cabac:
    """The arithmetic encoder of 9.3.4, for one context whose every bin is the likely one."""

    def __init__(self) -> None:
        self.out, self.low, self.range = _Bits(), 0, 510
        self.is_first, self.outstanding = True, 0

    def likely(self, state: int) -> None:
        self.range -= _LPS_RANGES[state]
        self._renormalise()

    def terminate(self, bit: int) -> None:
        self.range -= 2
        if bit:
            self.low += self.range
            self.range = 2
        self._renormalise()
        if bit:
            self._put(self.low >> 9 & 1)
            self.out.u(2, self.low >> 7 & 3 | 1)

    def _renormalise(self) -> None:
        while self.range < 256:
            if 256 <= self.low < 512:
                self.low -= 256
                self.outstanding += 1
            else:
                self._put(self.low >> 9)
                self.low &= 511
            self.range <<= 1
            self.low <<= 1

    def _put(self, bit: int) -> None:
        if not self.is_first:
            self.out.u(1, bit)
        self.is_first = False
        self.out.bits += [1 - bit] * self.outstanding
        self.outstanding = 0


def _slice(blocks: list[Yuv]) -> bytes:
    """Each block: not split, raw, its samples; a flag between two blocks says "not the last"."""
    data = _Bits().u(2, 0b10).ue(0, 2, 0).trailing()
    coder = _Cabac()
    for state, (luma, blue, red) in enumerate(blocks):
        coder.likely(state)
        coder.terminate(1)
        quarter = (BLOCK // 2) ** 2
        raw = bytes([luma]) * BLOCK**2 + bytes([blue]) * quarter + bytes([red]) * quarter
        data += coder.out.aligned() + raw
        coder = _Cabac()
        coder.terminate(int(state == len(blocks) - 1))
    return data + coder.out.aligned()


def _profile() -> _Bits:
    """Main Still Picture, level 3.1."""
    return _Bits().u(8, 3).u(32, 0x70000000).u(4, 0b1001).u(44).u(8, _LENGTH_3_1)


def _parameter_sets(size: tuple[int, int]) -> dict[int, bytes]:
    profile = _profile().bits
    video = _Bits().u(4).u(2, 3).u(9).u(1, 1).u(16, 0xFFFF)
    video.bits += profile
    video.u(1, 1).ue(0, 0, 0).u(6).ue(0).u(2)
    sequence = _Bits().u(7).u(1, 1)
    sequence.bits += profile
    sequence.ue(0, 1, *size).u(1).ue(0, 0, 0).u(1, 1).ue(0, 0, 0)
    sequence.ue(0, 2, 0, 3, 0, 0).u(3).u(1, 1).u(4, 7).u(4, 7).ue(2, 0).u(1, 1).ue(0).u(5)
    picture = _Bits().ue(0, 0).u(7).ue(0, 0, 0).u(3).ue(0, 0).u(7)
    picture.u(3, 0b101).u(2).ue(0).u(2)
    kinds = {32: video, 33: sequence, 34: picture}
    return {kind: _nal(kind, bits.trailing()) for kind, bits in kinds.items()}


def _nal(kind: int, payload: bytes) -> bytes:
    """With a 3 wherever two zeros would otherwise begin a start code."""
    out = bytearray([kind << 1, 1])
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def _sample(nal: bytes) -> bytes:
    return len(nal).to_bytes(4) + nal


def _meta(
    items: list[tuple[bytes, bytes]], size: tuple[int, int], quarter_turns: int, start: int
) -> bytes:
    turns = [_box(b"irot", bytes([quarter_turns]))] if quarter_turns else []
    extent = b"".join(side.to_bytes(4) for side in size)
    properties = [_hvcc(size), _full(b"ispe", extent), *turns]
    used = bytes(range(1, len(properties) + 1))
    parts = [
        _full(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        _full(b"pitm", b"\0\1"),
        _full(b"iinf", len(items).to_bytes(2) + b"".join(_infes(items))),
        _box(
            b"iprp",
            _box(b"ipco", b"".join(properties))
            + _full(b"ipma", bytes([0, 0, 0, 1, 0, 1, len(used)]) + used),
        ),
        _iloc(items, start),
    ]
    if len(items) > 1:
        parts.append(_full(b"iref", _box(b"cdsc", b"\0\2\0\1\0\1")))
    return _full(b"meta", b"".join(parts))


def _infes(items: list[tuple[bytes, bytes]]) -> list[bytes]:
    return [
        _full(b"infe", number.to_bytes(2) + b"\0\0" + kind + b"\0", version=2)
        for number, (kind, _) in enumerate(items, 1)
    ]


def _iloc(items: list[tuple[bytes, bytes]], start: int) -> bytes:
    entries = b""
    for number, (_, payload) in enumerate(items, 1):
        place = start.to_bytes(4) + len(payload).to_bytes(4)
        entries += number.to_bytes(2) + b"\0\0\0\1" + place
        start += len(payload)
    return _full(b"iloc", b"\x44\0" + len(items).to_bytes(2) + entries)


def _hvcc(size: tuple[int, int]) -> bytes:
    sets = _parameter_sets(size)
    arrays = b"".join(
        bytes([0x80 | kind, 0, 1]) + len(nal).to_bytes(2) + nal for kind, nal in sets.items()
    )
    fixed = b"\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f"
    return _box(b"hvcC", b"\1" + _profile().aligned() + fixed + bytes([len(sets)]) + arrays)


def _box(kind: bytes, payload: bytes) -> bytes:
    return (len(payload) + 8).to_bytes(4) + kind + payload


def _full(kind: bytes, payload: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]) + payload)
