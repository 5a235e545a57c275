"""The subcommands of `sevenm`: one module each, with `arguments` and `run`."""
