"""How a .csv file is written: its encoding, what separates its columns, and how its numbers look.

Excel writes the semicolons and decimal commas of half of Europe; none of this is in the
file's name, so it is concluded from all of its lines.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.datafiles.files import quoted, shown
from objtui.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader

_READ_BYTES = 1 << 20
_SAMPLE_LINES = 50
_SAMPLE_CHARACTERS = 1 << 20

_BOMS = (  # the longer ones first: that of UTF-32 begins as that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"PK", "it is an Excel workbook or another packed file; save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook; save the sheet as CSV UTF-8"),
    (b"PAR1", "it is Parquet; give it the suffix .parquet"),
    (b"\x93NUMPY", "it is an .npy array; put features and targets into an .npz file"),
    (b"\x1f\x8b", "it is packed by gzip; unpack it"),
)
_NO_CHARACTERS = bytes((*range(9), *range(14, 32)))
_NO_TEXT = "it holds bytes of no text; expected lines of numbers in UTF-8"
_ENCODING_NAMES = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_ENCODING_NAMES |= {"utf-32": "UTF-32", "cp1252": "Windows-1252, as it is no UTF-8"}

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SEP_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_SPACES = re.compile(r"\S+( +\S+)+\s*")

_TRUE, _FALSE = "true", "false"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The encoding, the separator and the number of lines before the header."""

    encoding: str
    separator: str
    skipped: int

    def separated(self) -> str:
        """What separates the columns, where that is not commas; else empty."""
        if self.separator == ",":
            return ""
        return f"columns separated by {_SEPARATORS.get(self.separator, 'its sep= line')}"

    def notices(self) -> list[str]:
        """What is not plain: commas and UTF-8."""
        notices = [self.separated()] if self.separated() else []
        if name := _ENCODING_NAMES.get(self.encoding):
            notices.append(f"encoding {name}")
        return notices


def csv_dialect(path: Path, targets: str) -> Dialect:
    """How the file is written; `targets` is a column that it should have.

    Raises DataError where it is no text or its columns seem to be separated by spaces.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE_CHARACTERS)
    lines = list(io.StringIO(sample, newline=""))  # broken at the same places as those of a file
    skipped = 0
    while skipped < len(lines) and _is_no_header(lines, skipped):
        skipped += 1
    if skipped < len(lines) and (declared := _SEP_LINE.fullmatch(lines[skipped])):
        return Dialect(encoding, declared[1], skipped + 1)
    separator = _separator(lines[skipped:], targets)
    if separator is None:
        raise DataError(
            f"{shown(path)}:{skipped + 1}: its columns seem to be separated by spaces, as in "
            f"{quoted(lines[skipped].strip())}; separate them by commas, semicolons or tabs"
        )
    return Dialect(encoding, separator, skipped)


def _is_no_header(lines: list[str], at: int) -> bool:
    """Whether a line is blank, or a comment that no row of numbers follows."""
    if not lines[at].startswith("#"):
        return not lines[at].strip()
    following = next((line for line in lines[at + 1 :] if line.strip()), "")
    cells = re.split(r"[,;\t|]", following.strip())
    return not all(
        _DECIMAL_COMMA.fullmatch(cell) or plain_number(cell) is not None for cell in cells
    )


def _encoding(path: Path) -> str:
    """The encoding of the whole file: UTF-8 if it can be, UTF-16 by its marks, else cp1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        block = file.read(_READ_BYTES)
        for mark, encoding in _BOMS:
            if block.startswith(mark):
                return encoding
        head = block[:4096]
        even, odd = head[::2].count(0), head[1::2].count(0)
        if odd > len(head) / 4 and not even:
            return "utf-16-le"
        if even > len(head) / 4 and not odd:
            return "utf-16-be"
        utf8 = True
        while block:
            if len(block.translate(None, delete=_NO_CHARACTERS)) < len(block):
                kind = next((kind for mark, kind in _OTHERS if head.startswith(mark)), _NO_TEXT)
                raise DataError(f"{shown(path)}: cannot be read as CSV: {kind}")
            if utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    utf8 = False
            block = file.read(_READ_BYTES)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        utf8 = False
    return "utf-8-sig" if utf8 else "cp1252"


def _separator(lines: list[str], targets: str) -> str | None:
    """What separates the columns; None for spaces. Commas where nothing speaks for another."""
    best, best_score = ",", (0.0, False, 0)
    for separator in _SEPARATORS:
        try:
            rows = [row for row in islice(split(lines, separator), _SAMPLE_LINES) if row]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        columns = len(rows[0])
        alike = sum(len(row) == columns for row in rows) / len(rows)
        has_targets = targets in [name.strip() for name in rows[0]]
        score = (round(alike, 1), has_targets, columns)
        if score > best_score:
            best, best_score = separator, score
    if best_score[2] == 0 and lines and _SPACES.fullmatch(lines[0].strip()):
        data = [line.strip() for line in lines[1:_SAMPLE_LINES] if line.strip()]
        width = len(lines[0].split())
        if data and all(len(line.split()) == width for line in data):
            return None
    return best


def split(lines: Iterable[str], separator: str) -> Reader:
    """The cells of each line; a quoted cell may hold separators and line ends."""
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=separator != "\t")


_GROUPED = re.compile(r"([+-]?\d{1,3})(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d*)?(?:[eE][+-]?\d+)?")
_GROUP_MARKS = re.compile(r"[ \u00a0\u202f'’]")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_COMMA_GROUPS_AND_POINT = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d*([eE][+-]?\d+)?")
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")
_POINT_GROUPS_AND_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d*([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """The marks of a file's numbers: the decimal mark and the one between thousands."""

    decimal: str = "."
    thousands: str = ""

    def number(self, cell: str) -> float | None:
        """A cell as a number; true and false are 1 and 0. None where it is neither."""
        text = plain_cell(cell)
        if self.thousands:
            text = text.replace(self.thousands, "")
        if self.decimal != ".":
            text = text.replace(self.decimal, ".")
        return plain_number(text)

    def notices(self) -> list[str]:
        """What is not plain: points and no groups."""
        notices = ["decimal commas"] if self.decimal == "," else []
        if self.thousands:
            marks = {",": "commas", ".": "points"}[self.thousands]
            notices.append(f"{marks} between thousands")
        return notices


def plain_cell(cell: str) -> str:
    """A cell without blanks, typographic minus and the spaces between thousands."""
    text = cell.strip().replace("\u2212", "-")
    return _GROUP_MARKS.sub("", text) if _GROUPED.fullmatch(text) else text


def plain_number(cell: str) -> float | None:
    """A cell with a decimal point as a number; true and false are 1 and 0; None if neither."""
    word = cell.strip().lower()
    if word in (_TRUE, _FALSE):
        return float(word == _TRUE)
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def number_style(cells: Iterable[tuple[str, str]], separator: str) -> NumberStyle:
    """How the numbers of a file are written, concluded from all of its cells with their places.

    Raises DataError where they can be read in two ways, with the cells that say so.
    """
    first: dict[str, tuple[str, str]] = {}
    for place, cell in cells:
        kind = _kind(plain_cell(cell))
        if kind is not None:
            first.setdefault(kind, (place, cell.strip()))
    comma = first.get("decimal comma") or first.get("points, comma")
    point = first.get("decimal point") or first.get("commas, point") or first.get("commas")
    if comma and point:
        raise DataError(
            f"{comma[0]}: has {quoted(comma[1])} with a decimal comma, but {point[0]} has "
            f"{quoted(point[1])}; write all numbers with a decimal point and without groups"
        )
    if comma is None and point is None and "group, comma" in first:
        if separator == ";" and "group, point" not in first:
            return NumberStyle(",")
        place, cell = first["group, comma"]
        raise DataError(
            f"{place}: {quoted(cell)} may be {cell.replace(',', '')} or "
            f"{cell.replace(',', '.')}; write numbers with a decimal point and without groups"
        )
    if comma is None:
        commas = {"commas, point", "commas", "group, comma"} & first.keys()
        return NumberStyle(thousands="," if commas else "")
    if "group, point" in first and "points, comma" not in first:
        place, cell = first["group, point"]
        raise DataError(
            f"{place}: {quoted(cell)} may be {cell.replace('.', '')} or {cell}, as "
            f"{comma[0]} has {quoted(comma[1])} with a decimal comma; write numbers with a "
            "decimal point and without groups"
        )
    return NumberStyle(",", "." if "points, comma" in first else "")


def _kind(cell: str) -> str | None:
    """What a cell says of commas and points; None where it has neither, or is no number."""
    if "," in cell:
        if _COMMA_GROUPS_AND_POINT.fullmatch(cell):
            return "commas, point"
        if _POINT_GROUPS_AND_COMMA.fullmatch(cell):
            return "points, comma"
        if _COMMA_GROUPS.fullmatch(cell):
            return "commas" if cell.count(",") > 1 else "group, comma"
        return "decimal comma" if _DECIMAL_COMMA.fullmatch(cell) else None
    if "." not in cell:
        return None
    if _POINT_GROUPS.fullmatch(cell):
        return "group, point" if cell.count(".") == 1 else "points, comma"
    return "decimal point" if plain_number(cell) is not None else None
