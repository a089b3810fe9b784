"""The commands of `objtui`, one file each, in the order of the help."""

from objtui.commands.check import CheckCommand
from objtui.commands.command import Command
from objtui.commands.control import ControlCommand
from objtui.commands.doctor import DoctorCommand
from objtui.commands.export import ExportCommand
from objtui.commands.new import NewCommand
from objtui.commands.resume import ResumeCommand
from objtui.commands.run import RunCommand
from objtui.commands.runs import RunsCommand
from objtui.commands.scenarios import ScenariosCommand
from objtui.commands.schema import SchemaCommand
from objtui.commands.show import ShowCommand
from objtui.commands.watch import WatchCommand

COMMANDS: tuple[Command, ...] = (
    RunCommand(),
    WatchCommand(),
    CheckCommand(),
    RunsCommand(),
    ControlCommand("pause", "pause a running training"),
    ControlCommand("continue", "go on with a paused training"),
    ControlCommand("stop", "stop a training; what it has recorded stays"),
    ResumeCommand(),
    ExportCommand(),
    ScenariosCommand(),
    ShowCommand(),
    NewCommand(),
    SchemaCommand(),
    DoctorCommand(),
)
