// Node flags: what a process that runs a host of ours is started with, as the isonet command does.

export const hostFlags = ["--no-node-snapshot", "--disable-warning=ExperimentalWarning"];
