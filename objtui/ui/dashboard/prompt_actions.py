"""Keys that ask for something: a filter of heads, a step to jump to, a place to export to."""

from __future__ import annotations

from dataclasses import replace

from objtui.ui.dashboard.replay import TimeScreen
from objtui.ui.screens.export import ExportAsked, ExportScreen
from objtui.ui.screens.prompt import PromptScreen


class PromptingScreen(TimeScreen):
    """The screen with its questions; keys that come at once with one are typed into it."""

    async def action_filter(self) -> None:
        """Show the heads that match what is typed."""
        prompt = PromptScreen(
            "show heads with",
            self.drawing.theme,
            value=self.state.words,
            hint="enter keeps it   esc shows all",
            changed=self.set_filter,
        )
        await self.app.push_screen(prompt, lambda words: self.set_filter(words or ""))

    def set_filter(self, words: str) -> None:
        """Show the heads whose name holds every one of the words."""
        history = self.runs.history
        if history is None:
            return
        self.choose(self.state.filtered(words, [head.name for head in history.header.heads]))
        self._keep_focus()
        if words.strip() and not self.state.unmatched and self.state.heads > 1:
            self.say(f"every head is shown: all or none match {words.strip()!r}")
        elif self.state.unmatched:
            shown = len(self.state.shown)
            self.say(f"{shown} of {self.state.heads} heads match {words.strip()!r}; / changes it")
        else:
            self.say("")

    async def action_jump(self) -> None:
        """Go to a step by its number."""
        prompt = PromptScreen(
            "jump to step", self.drawing.theme, hint="enter goes there   esc stays", digits=True
        )
        await self.app.push_screen(prompt, self._jump)

    async def action_export(self) -> None:
        """Ask for a format and a place, then write."""
        from objtui.ui.dashboard.export import offered_place

        if self.source.reader is None:
            self.say("nothing is recorded yet")
            return
        asking = ExportScreen(lambda kind: str(offered_place(self, kind)), self.drawing.theme)
        await self.app.push_screen(asking, self._export)

    def _jump(self, digits: str | None) -> None:
        if digits:
            self.go_to(int(digits))

    def _export(self, asked: ExportAsked | None) -> None:
        if asked is not None:
            self.run_worker(self._write(asked), exclusive=False)

    async def _write(self, asked: ExportAsked) -> None:
        from objtui.ui.dashboard.export import export_shown

        exported = await export_shown(self, asked.kind, asked.place, force=asked.replace)
        self.say(exported.error or f"written: {exported.place}")

    def _keep_focus(self) -> None:
        """Put focus and zoom on a panel that is there."""
        names = self.panel_names()
        if self.focused_panel not in names:
            self.focused_panel = names[0]
        if self.zoomed and self.zoomed not in names:
            self.zoomed = self.focused_panel
        if self.state.focus not in self.state.shown:
            self.choose(replace(self.state, focus=self.state.shown[0]))
