import type { CommandName } from "./flags.ts";

/** The help of `meka tools`. */
export const TOOLS = `Usage: meka tools [VERB] [OPTIONS] [ARGUMENT]...

What a model may use, where a turn permits it: the tools that are built in,
those that the config has under [[tools]], and those of MCP servers.

Verbs:
  meka tools list   all of them (the same as \`meka tools\`)
  meka tools run    try one`;

/** The head of each command's help. */
export const TOOLS_COMMANDS = {
  "tools list": `Usage: meka tools list [OPTIONS]

Lists the tools with what they may do, "read" or "write", and where they come
from. MCP servers are started and asked for theirs.`,
  "tools run": `Usage: meka tools run [OPTIONS] NAME [ARGUMENTS]

Runs a tool as a model would, with ARGUMENTS as JSON ({} without), and writes
its result. One that writes asks before, and needs --yes without a terminal.
Exit status 1 when it fails.`,
} satisfies Readonly<Record<CommandName & `tools ${string}`, string>>;

/** The help of `meka mcp`. */
export const MCP = `Usage: meka mcp [VERB] [OPTIONS] [ARGUMENT]...

Servers of tools that speak the Model Context Protocol, which the config has
under [[mcp]].

Verbs:
  meka mcp list     the servers (the same as \`meka mcp\`)
  meka mcp tools    what they offer
  meka mcp add      add one to the config
  meka mcp remove   remove one from the config`;

/** The head of each command's help. */
export const MCP_COMMANDS = {
  "mcp list": `Usage: meka mcp list [OPTIONS]

Lists the servers of the config. None is started; the values of variables and
headers are not shown.`,
  "mcp tools": `Usage: meka mcp tools [OPTIONS] [SERVER]

Starts the servers, or the one named SERVER, and lists what they offer.`,
  "mcp add": `Usage: meka mcp add [OPTIONS] NAME -- COMMAND [ARGUMENT]...
       meka mcp add [OPTIONS] NAME --url URL

Adds a server to the config, which COMMAND starts or which is at URL. All else
in the config stays as it is.`,
  "mcp remove": `Usage: meka mcp remove [OPTIONS] NAME

Removes a server from the config. All else in it stays as it is.`,
} satisfies Readonly<Record<CommandName & `mcp ${string}`, string>>;
