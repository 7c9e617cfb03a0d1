import { EXIT_CODE } from "../errors.ts";
import {
  type CommandName,
  flag,
  type FlagName,
  flagsOf,
  type GroupName,
  isGroup,
} from "./flags.ts";
import { SESSION, SESSION_COMMANDS } from "./help_session.ts";
import { MCP, MCP_COMMANDS, TOOLS, TOOLS_COMMANDS } from "./help_tools.ts";

/** What the exit statuses mean, for the help and the README. */
export const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "the answer is complete"],
  [`${EXIT_CODE.internal}`, "any failure not named below"],
  [`${EXIT_CODE.usage}`, "usage or configuration error"],
  [`${EXIT_CODE.auth}`, "not signed in, or the sign-in is not accepted"],
  [`${EXIT_CODE.limit}`, "a usage or rate limit; the message says until when"],
  [`${EXIT_CODE.network}`, "the service or the network failed"],
  [`${EXIT_CODE.refused}`, "the request was refused"],
  [`${EXIT_CODE.incomplete}`, "the answer is incomplete"],
  [`${EXIT_CODE.blocked}`, "blocked by a Cloudflare challenge"],
  ["130", "interrupted (SIGINT); 143: terminated (SIGTERM)"],
  ["141", "the reader of stdout has gone"],
];

/** The environment variables that change what meka does. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["MEKA_PROVIDER", "the provider"],
  ["MEKA_MODEL", "the model"],
  ["MEKA_EFFORT", "the effort"],
  ["MEKA_BASE_URL", "where the provider is"],
  ["MEKA_OAUTH_ISSUER", "where to sign in"],
  ["MEKA_CONFIG_DIR", "the folder of config.toml"],
  ["MEKA_DATA_DIR", "the folder of sessions.db"],
  ["OPENAI_API_KEY", "openai-api: the key"],
  ["OPENAI_BASE_URL", "openai-api: the base URL, unless MEKA_BASE_URL is set"],
  ["OPENAI_CODEX_TOKEN", "an access token, used as it is and never stored"],
  ["HTTPS_PROXY", "the proxy; HTTP_PROXY and NO_PROXY count, too"],
  ["SSL_CERT_FILE", "more trusted roots, beside the system's"],
  ["BROWSER", "the command that `meka setup` opens URLs with"],
  ["NO_COLOR", "no color"],
  ["MEKA_DEBUG", "1: causes and stacks with errors"],
];

const USAGE: Readonly<Record<CommandName, string>> = {
  ask: `Usage: meka [OPTIONS] [PROMPT]...
       COMMAND | meka [OPTIONS] [PROMPT]...

Answers PROMPT, and what is piped in, on stdout. PROMPT is the words joined by
a space; without one, or when it is "-", the prompt is read from stdin. On a
terminal \`meka\` alone begins a chat, in which /help tells what can be done.`,
  setup: `Usage: meka setup [OPTIONS]

Signs in to ChatGPT in a browser, or checks and stores a key (openai-api), and
writes the config. On a terminal it asks for what is missing.`,
  status: `Usage: meka status [OPTIONS]

Tells who is signed in, what is set and where, and what is left of the plan.
No model is called. Exit status 3 when nobody is signed in.`,
  models: `Usage: meka models [OPTIONS]

Lists the models of the account, and keeps the list: from then on a turn knows
what its model offers.`,
  logout: `Usage: meka logout [OPTIONS] [PROVIDER]

Forgets the sign-in on this machine, so that no byte of its tokens is left in
the database. At the issuer it stays valid unless it is revoked.`,
  batch: `Usage: meka batch [OPTIONS] < RECORDS

Answers many prompts, one a line on standard input, with one line of JSON each,
in their order. A line that begins with a brace is a JSON object: "prompt", and,
where it differs from the run's, "system", "model", "schema" (a JSON Schema) and
"image" (a file, or a list). Its "id" and all other fields are written out again
beside "status" (completed, incomplete or failed), "text", "usage" and "error".

Answers are kept for 30 days: the same command, run again after an interruption,
asks only for those that are missing. Exit status 7 when a record failed; 4 when
a usage limit stopped it.`,
  ...SESSION_COMMANDS,
  ...TOOLS_COMMANDS,
  ...MCP_COMMANDS,
};

const GROUPS: Readonly<Record<GroupName, string>> = {
  session: SESSION,
  tools: TOOLS,
  mcp: MCP,
};

const COMMANDS = `Commands:
  meka setup            sign in and choose a model
  meka status           who is signed in, and what is left of the plan
  meka models           the models of the account
  meka logout           forget the sign-in
  meka batch            many prompts from stdin, answered side by side
  meka session VERB     the conversations: list, show, search, export
  meka tools [VERB]     the tools that a model may use
  meka mcp [VERB]       servers of tools: list, add, remove
  meka help [COMMAND]   this help, or that of a command

A first word that names a command is one; \`meka -- setup\` is a prompt.`;

const NOTES =
  `Standard input: with a PROMPT, what is piped in follows it after a blank line;
a pipe that stays silent for 3 seconds is left alone. It must be UTF-8, or
UTF-16 with a byte order mark.`;

/** The help of a command or of a group, at most 80 columns wide, with a final newline. */
export function help(command: CommandName | GroupName): string {
  if (isGroup(command)) {
    const more = `\`meka ${command} VERB --help\` lists the options of each.`;
    return `${GROUPS[command]}\n\n${more}\n`;
  }
  const options = `Options:\n${flagsOf(command).map(flagLine).join("\n")}`;
  const sections = command === "ask"
    ? [
      USAGE.ask,
      COMMANDS,
      options,
      NOTES,
      `Exit status:\n${rows(EXIT_STATUS, 3)}`,
      `Environment:\n${rows(ENVIRONMENT, 18)}`,
    ]
    : [USAGE[command], options];
  return `${sections.join("\n\n")}\n`;
}

/** What is said when there is nothing to answer: how to get started, in a few lines. */
export function shortHelp(): string {
  return `Usage: meka [OPTIONS] [PROMPT]...
       COMMAND | meka [OPTIONS] [PROMPT]...

  meka setup                                    sign in, once
  meka "why is the sky blue?"                   ask
  git diff | meka "write the commit message"    ask about what is piped in
  meka                                          talk, on a terminal

\`meka --help\` tells the rest.
`;
}

function flagLine(name: FlagName): string {
  const { short, value, help } = flag(name);
  const letter = short === undefined ? "    " : `-${short}, `;
  const spelling = `--${name}${value === undefined ? "" : ` ${value}`}`;
  return `  ${letter}${spelling.padEnd(19)}  ${help}`;
}

function rows(
  table: readonly (readonly [string, string])[],
  width: number,
): string {
  return table.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`)
    .join("\n");
}
