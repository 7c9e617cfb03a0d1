import type { CommandName } from "../cli/flags.ts";
import type { Command } from "./context.ts";

/** Every command, loaded when it is run, so that none costs another one's start. */
export const COMMANDS = {
  ask: async () => (await import("./ask.ts")).ask,
  setup: async () => (await import("./setup.ts")).setup,
  status: async () => (await import("./status.ts")).status,
  models: async () => (await import("./models.ts")).models,
  logout: async () => (await import("./logout.ts")).logout,
  batch: async () => (await import("./batch.ts")).batch,
  "session list": async () => (await import("./session_list.ts")).sessionList,
  "session show": async () => (await import("./session_show.ts")).sessionShow,
  "session search": async () =>
    (await import("./session_search.ts")).sessionSearch,
  "session rename": async () =>
    (await import("./session_rename.ts")).sessionRename,
  "session fork": async () => (await import("./session_fork.ts")).sessionFork,
  "session export": async () =>
    (await import("./session_export.ts")).sessionExport,
  "session import": async () =>
    (await import("./session_import.ts")).sessionImport,
  "session delete": async () =>
    (await import("./session_delete.ts")).sessionDelete,
  "tools list": async () => (await import("./tools.ts")).toolsList,
  "tools run": async () => (await import("./tools.ts")).toolsRun,
  "mcp list": async () => (await import("./mcp.ts")).mcpList,
  "mcp tools": async () => (await import("./mcp.ts")).mcpTools,
  "mcp add": async () => (await import("./mcp.ts")).mcpAdd,
  "mcp remove": async () => (await import("./mcp.ts")).mcpRemove,
} satisfies Record<CommandName, () => Promise<Command>>;
