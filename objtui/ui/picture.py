"""The dashboard as a picture, without a terminal."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from objtui.ui.app import DashboardApp
from objtui.ui.look import Look
from objtui.ui.run_source import RunSource

SETTLE_S = 0.2


def dashboard_svg(path: Path, title: str, width: int, height: int) -> str:
    """The dashboard on a run file as SVG, as it stands now; raises RunFileError.

    Fonts are the viewer's own: the picture loads nothing from elsewhere.
    """
    source = RunSource(path)
    app = DashboardApp(source, Look(), title=title, owns_training=False)

    async def draw() -> str:
        async with app.run_test(size=(width, height)) as pilot:
            while source.behind:
                await pilot.pause(SETTLE_S)
            await pilot.pause(SETTLE_S)
            return app.export_screenshot(title=f"objtui watch {path.stem}")

    svg = asyncio.run(draw())
    source.close()
    return re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
