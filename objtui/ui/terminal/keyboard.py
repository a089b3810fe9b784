"""What a terminal sends, byte by byte, as messages; what means nothing is passed over.

Textual's own reading ends at the first byte that is no UTF-8, types an escape sequence that it
does not know as if it were keys, and waits for ever for the end of a paste.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import FOCUSIN, FOCUSOUT, XTermParser
from textual.keys import Keys
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

PASTE_SILENCE_S = 1.0
"""A paste that does not end is over once nothing has come for so long."""

BLANKS = "\n\t"
"""What is kept of a paste beside what can be printed."""

MAX_PASTE_BYTES = 2**16
MAX_SEQUENCE_BYTES = 64
MAX_MOUSE_CELL = 2**14

ESCAPE = 0x1B
BELL = 0x07
MOUSE_REPORT = b"\x1b[M"
"""Before three bytes of any value: a button, a column, a row. They are counted, not read."""

MOUSE_REPORT_BYTES = len(MOUSE_REPORT) + 3
LINUX_CONSOLE = b"\x1b[["
"""Before the one letter of a function key."""

PASTE_START, PASTE_END = b"\x1b[200~", b"\x1b[201~"
STRING_STARTS = b"]P_^X"
"""Letters after escape that begin a text up to a bell or the string terminator, escape backslash:
operating system command, device control, application, privacy message, start of string (ECMA-48).
"""
STRING_END = b"\x1b\\"
ANSWER_START = b"\x1b_"
"""Of a text that is an answer; of others nothing is kept."""

SYNCHRONISES = re.compile(r"\x1b\[\?2026;[1-4]\$y")
ANSWER = re.compile(r"\x1b\[(\?[\d;]*c|6;\d+;\d+t)")
"""The attributes of a terminal, and the size of its cells."""

MOUSE = re.compile(r"\x1b\[<\d+;(-?\d+);(-?\d+)[Mm]")


class TerminalAnswer(Message):
    """What a terminal says of itself where it was asked; `text` is the whole sequence."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Keyboard:
    """Takes bytes in any pieces and gives the messages that they mean; never raises."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")(errors="ignore")
        self._tables = XTermParser()
        self._sequence = bytearray()
        """An escape sequence as far as it has come; empty within text."""
        self._answer = b""
        """A text that may have ended with the escape that came last."""
        self._paste: bytearray | None = None
        self._last_s = 0.0

    @property
    def waits(self) -> bool:
        """Whether silence will mean something: the escape key, or the end of a paste."""
        return bool(self._sequence) or self._paste is not None

    def feed(self, data: bytes, now: float) -> list[Message]:
        """The messages of what has come at a time in seconds."""
        self._last_s = now
        return [message for byte in data for message in self._take(byte)]

    def tick(self, now: float) -> list[Message]:
        """The messages of nothing having come until a time in seconds."""
        silence = now - self._last_s
        if self._paste is not None:
            return self._end_paste() if silence >= PASTE_SILENCE_S else []
        if not self._sequence or silence < constants.ESCAPE_DELAY:
            return []
        alone = len(self._sequence) == 1
        self._sequence.clear()
        return [events.Key("escape", "\x1b")] if alone else []

    def _take(self, byte: int) -> list[Message]:
        if self._paste is not None:
            return self._take_pasted(self._paste, byte)
        if self._sequence:
            return self._take_within_sequence(byte)
        if byte == ESCAPE:
            self._decoder.reset()
            self._sequence.append(byte)
            return []
        return self._keys(self._decoder.decode(bytes([byte])))

    def _take_pasted(self, paste: bytearray, byte: int) -> list[Message]:
        paste.append(byte)
        if len(paste) > MAX_PASTE_BYTES + 2 * len(PASTE_END):
            del paste[MAX_PASTE_BYTES : -len(PASTE_END)]
        if not paste.endswith(PASTE_END):
            return []
        del paste[-len(PASTE_END) :]
        return self._end_paste()

    def _end_paste(self) -> list[Message]:
        text = bytes(self._paste or b"").decode(errors="ignore")
        self._paste = None
        return [
            events.Paste("".join(each for each in text if each.isprintable() or each in BLANKS))
        ]

    def _take_within_sequence(self, byte: int) -> list[Message]:
        sequence = self._sequence
        if byte == ESCAPE:  # the one before stands alone, is a text that ends, or was cut off
            alone = len(sequence) == 1
            self._answer = bytes(sequence) if sequence.startswith(ANSWER_START) else b""
            sequence[:] = [ESCAPE]
            return [events.Key("escape", "\x1b")] if alone else []
        if sequence.startswith(MOUSE_REPORT):
            sequence.append(byte)
            if len(sequence) == MOUSE_REPORT_BYTES:
                sequence.clear()
            return []
        if len(sequence) == 1:
            return self._take_second(byte)
        if sequence[1] in STRING_STARTS:
            if byte == BELL:
                sequence.clear()
            elif sequence.startswith(ANSWER_START) and len(sequence) < MAX_SEQUENCE_BYTES:
                sequence.append(byte)
            return []
        if not 0x20 <= byte < 0x7F:  # no part of a sequence: it was cut off
            sequence.clear()
            return self._take(byte)
        if len(sequence) < MAX_SEQUENCE_BYTES:
            sequence.append(byte)
        return self._complete() if self._is_complete(byte) else []

    def _take_second(self, byte: int) -> list[Message]:
        """What follows escape: the kind of a sequence, or a key pressed together with alt."""
        sequence = self._sequence
        sequence.append(byte)
        if byte in b"[O" or byte in STRING_STARTS:
            return []
        if byte < 0x80:
            return self._complete()
        sequence.clear()
        return self._take(byte)

    def _is_complete(self, last: int) -> bool:
        sequence = self._sequence
        if sequence[1] == ord("O"):
            return last not in b"0123456789;"
        if sequence.startswith(LINUX_CONSOLE):
            return len(sequence) > len(LINUX_CONSOLE)
        if sequence == MOUSE_REPORT:
            return False
        return 0x40 <= last <= 0x7E or sequence.decode("ascii") in ANSI_SEQUENCES_KEYS

    def _complete(self) -> list[Message]:
        sequence = bytes(self._sequence)
        self._sequence.clear()
        answer, self._answer = self._answer, b""
        if sequence == STRING_END and answer:
            return [TerminalAnswer((answer + STRING_END).decode("ascii", "replace"))]
        if sequence in (PASTE_START, PASTE_END, STRING_END):
            self._paste = bytearray() if sequence == PASTE_START else None
            return []
        text = sequence.decode("ascii")
        if text in (FOCUSIN, FOCUSOUT):
            return [events.AppFocus() if text == FOCUSIN else events.AppBlur()]
        if SYNCHRONISES.fullmatch(text):
            return [TerminalSupportsSynchronizedOutput()]
        if ANSWER.fullmatch(text):
            return [TerminalAnswer(text)]
        if mouse := MOUSE.fullmatch(text):
            inside = all(0 < int(cell) <= MAX_MOUSE_CELL for cell in mouse.groups())
            message = self._tables.parse_mouse_code(text) if inside else None
            return [message] if message else []
        if len(text) == 2 and not self._keys(text):
            return self._keys(text[1], alt=True)
        return self._keys(text)

    def _keys(self, text: str, *, alt: bool = False) -> list[Message]:
        try:
            return list(self._named(text, alt))
        except (ValueError, ArithmeticError):  # a code that no letter has
            return []

    def _named(self, text: str, alt: bool) -> Iterator[events.Key]:
        if text:
            for key in self._tables._sequence_to_key_events(text, alt):
                if key.key != Keys.Ignore:
                    yield key
