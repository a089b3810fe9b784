"""What keys of the picker do with recorded runs, as `objtui rm`, `rename` and `note` do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.app import App

from objtui.errors import ObjtuiError
from objtui.runfile.keeping import (
    RunFiles,
    files_of,
    remove_files,
    rename_run,
    set_note,
    state_to_remove,
)
from objtui.runfile.reader import RunReader
from objtui.text.numbers import counted, file_size
from objtui.ui.screens.confirm import ConfirmScreen
from objtui.ui.screens.prompt import PromptScreen
from objtui.ui.theme import Theme

MAX_LISTED = 6
"""Runs that the question lists; of more it says how many."""

Done = Callable[[str, Path | None], None]
"""Takes what came of it in words, and the run that the cursor is to stand on, if any."""


def ask_to_remove(app: App[Any], paths: Sequence[Path], theme: Theme, done: Done) -> None:
    """Remove runs with all their files, after asking; ObjtuiError where one cannot be."""
    doomed = [files_of(path) for path in paths]
    listed = [
        f"{files.path.stem}  {state_to_remove(files.path)}  {file_size(files.size)}"
        for files in doomed
    ]
    if len(listed) > MAX_LISTED:
        listed = [*listed[:MAX_LISTED], f"and {len(listed) - MAX_LISTED} more"]
    total = file_size(sum(files.size for files in doomed))
    question = f"Remove {counted(len(doomed), 'run')}, {total}, for good?"

    def answered(agreed: bool | None) -> None:
        if agreed:
            done(said(lambda: _remove(doomed)), None)

    app.push_screen(ConfirmScreen(question, listed, "remove", theme), answered)


def ask_to_rename(app: App[Any], path: Path, theme: Theme, done: Done) -> None:
    """Give a run another name, after asking for it."""

    def answered(name: str | None) -> None:
        if name is not None and name != path.stem:
            words = said(lambda: f"{path.stem} is now {rename_run(path, name).stem}")
            done(words, None if path.exists() else path.parent / f"{name}{path.suffix}")

    hint = "enter renames   esc cancels"
    prompt = PromptScreen(f"rename {path.stem} to", theme, value=path.stem, hint=hint)
    app.push_screen(prompt, answered)


def ask_for_note(app: App[Any], path: Path, theme: Theme, done: Done) -> None:
    """Keep a line of text with a run, after asking for it; ObjtuiError where it has no header."""
    with RunReader(path) as reader:
        before = reader.header().note

    def answered(text: str | None) -> None:
        if text is not None:
            done(said(lambda: _note(path, text)), None)

    hint = "enter keeps it   esc cancels"
    app.push_screen(PromptScreen(f"note of {path.stem}", theme, value=before, hint=hint), answered)


def said(action: Callable[[], str]) -> str:
    """What an action says, or why it failed."""
    try:
        return action()
    except ObjtuiError as error:
        return error.lines()[0]


def _remove(doomed: Sequence[RunFiles]) -> str:
    for files in doomed:
        state_to_remove(files.path)  # it may have been resumed while the question stood there
    for files in doomed:
        remove_files(files)
    return f"removed {counted(len(doomed), 'run')}"


def _note(path: Path, text: str) -> str:
    note = set_note(path, text)
    return f"{path.stem}: {note}" if note else f"{path.stem} has no note"
