"""The command line: one parser, the arguments that commands share, a file a command."""
