"""The commands of `objtui`, one file each, in the order of the help."""

from objtui.cli.arguments import Command
from objtui.cli.commands.check import CheckCommand
from objtui.cli.commands.completion import CompletionCommand
from objtui.cli.commands.control import ControlCommand
from objtui.cli.commands.doctor import DoctorCommand
from objtui.cli.commands.explain import ExplainCommand
from objtui.cli.commands.export import ExportCommand
from objtui.cli.commands.help import HelpCommand
from objtui.cli.commands.measure import MeasureCommand
from objtui.cli.commands.new import NewCommand
from objtui.cli.commands.note import NoteCommand
from objtui.cli.commands.rename import RenameCommand
from objtui.cli.commands.resume import ResumeCommand
from objtui.cli.commands.rm import RmCommand
from objtui.cli.commands.run import RunCommand
from objtui.cli.commands.runs import RunsCommand
from objtui.cli.commands.scenarios import ScenariosCommand
from objtui.cli.commands.schema import SchemaCommand
from objtui.cli.commands.serve import ServeCommand
from objtui.cli.commands.show import ShowCommand
from objtui.cli.commands.sweep import SweepCommand
from objtui.cli.commands.watch import WatchCommand

COMMANDS: tuple[Command, ...] = (
    RunCommand(),
    WatchCommand(),
    CheckCommand(),
    SweepCommand(),
    RunsCommand(),
    ControlCommand("pause", "pause a running training"),
    ControlCommand("continue", "go on with a paused training"),
    ControlCommand("stop", "stop a training; what it has recorded stays"),
    ResumeCommand(),
    MeasureCommand(),
    ExplainCommand(),
    ExportCommand(),
    ServeCommand(),
    NoteCommand(),
    RenameCommand(),
    RmCommand(),
    ScenariosCommand(),
    ShowCommand(),
    NewCommand(),
    SchemaCommand(),
    DoctorCommand(),
    CompletionCommand(),
    HelpCommand(),
)
